package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Which connections this pod closed while they were idle. Each has a name, which every answer carries: whoever lost a request can ask afterwards what became of
// the connection that it was sent on.

const connectionHeader = "X-Connection"

type connection struct {
	net.Conn
	name string
	// Answers that were written to their end.
	served atomic.Int64
	// Since when nothing was read after an answer, ms since 1970; 0 while there is a request, or none yet.
	idleSince atomic.Int64
	// When this side closed it, ms since 1970.
	closedAt atomic.Int64
	// The peer went first.
	left atomic.Bool
}

func nowMs() int64 { return time.Now().UnixMilli() }

func (c *connection) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if n > 0 {
		c.idleSince.Store(0)
	}
	if err != nil && c.closedAt.Load() == 0 {
		if timeout, is := err.(net.Error); !is || !timeout.Timeout() {
			c.left.Store(true)
		}
	}
	return n, err
}

func (c *connection) Close() error {
	c.closedAt.CompareAndSwap(0, nowMs())
	return c.Conn.Close()
}

// register is a listener that knows its connections.
type register struct {
	net.Listener
	pod string
	sync.Mutex
	count int
	open  map[*connection]bool
}

func listen(address string) (*register, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	pod := os.Getenv("POD_NAME")
	if pod == "" {
		pod, _ = os.Hostname()
	}
	return &register{Listener: listener, pod: pod, open: map[*connection]bool{}}, nil
}

func (r *register) Accept() (net.Conn, error) {
	accepted, err := r.Listener.Accept()
	if err != nil {
		return nil, err
	}
	r.Lock()
	defer r.Unlock()
	r.count++
	c := &connection{Conn: accepted, name: fmt.Sprintf("%s/%d", r.pod, r.count)}
	r.open[c] = true
	return c, nil
}

// changed follows the states that the server tells of.
func (r *register) changed(conn net.Conn, state http.ConnState) {
	c, is := conn.(*connection)
	if !is {
		return
	}
	switch state {
	case http.StateIdle:
		c.served.Add(1)
		c.idleSince.Store(nowMs())
	case http.StateClosed, http.StateHijacked:
		if c.left.Load() || c.idleSince.Load() == 0 {
			r.Lock()
			delete(r.open, c)
			r.Unlock()
		}
	}
}

type connectionKey struct{}

func (r *register) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

func nameOf(r *http.Request) string {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	if c == nil {
		return ""
	}
	return c.name
}

type closing struct {
	ClosedIdle string `json:"closedIdle"`
	At         int64  `json:"at"`
	IdleMs     int64  `json:"idleMs"`
	Served     int64  `json:"served"`
}

// tell prints what was closed idle. Only at the end: what was read in the very moment of the closing has ended the idleness by then.
func (r *register) tell() {
	r.Lock()
	defer r.Unlock()
	out := json.NewEncoder(os.Stdout)
	for c := range r.open {
		at, since := c.closedAt.Load(), c.idleSince.Load()
		if at == 0 || since == 0 || c.left.Load() {
			continue
		}
		_ = out.Encode(closing{c.name, at, at - since, c.served.Load()})
	}
}
