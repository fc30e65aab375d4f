// Command load-app is what stands behind the proxies in the load proof: an HTTP and WebSocket server that ends as pods should. Told to stop, it goes on
// serving for STOP_DELAY and asks its clients to open new connections; then it finishes what runs, closes its sockets and says which connections it closed idle.
// With ABRUPT=true it just ends.
package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var stopping atomic.Bool

func delay(name string) time.Duration {
	d, _ := time.ParseDuration(os.Getenv(name))
	return d
}

// elsewhere asks a client to open its next connection to another pod, once this one has been told to end.
func elsewhere(w http.ResponseWriter) {
	if stopping.Load() {
		w.Header().Set("Connection", "close")
	}
}

func health(w http.ResponseWriter, _ *http.Request) {
	healthy := os.Getenv("HEALTHY") != "false"
	w.Header().Set("Content-Type", "application/json")
	if !healthy {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	fmt.Fprintf(w, `{"healthy":%v}`, healthy)
}

func ready(w http.ResponseWriter, _ *http.Request) {
	if stopping.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	fmt.Fprintln(w, "ready")
}

func slow(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
	time.Sleep(time.Duration(ms) * time.Millisecond)
	// Again: it may have been told meanwhile, and a connection that has not heard of it stays open until the end.
	elsewhere(w)
	fmt.Fprintln(w, "slept")
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Write(append([]byte("ok "), body...))
}

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

var errFrame = errors.New("a frame that this server does not take")

// socket is one WebSocket with short, unfragmented messages.
type socket struct {
	sync.Mutex
	conn net.Conn
	in   *bufio.Reader
}

var (
	socketsLock sync.Mutex
	sockets     = map[*socket]bool{}
	socketsOpen sync.WaitGroup
)

func (s *socket) read() (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(s.in, head[:]); err != nil {
		return
	}
	length := int(head[1] & 0x7f)
	if head[0]&0x80 == 0 || head[1]&0x80 == 0 || length > 125 {
		return 0, nil, errFrame
	}
	var mask [4]byte
	if _, err = io.ReadFull(s.in, mask[:]); err != nil {
		return
	}
	payload = make([]byte, length)
	if _, err = io.ReadFull(s.in, payload); err != nil {
		return
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

func (s *socket) write(op byte, payload []byte) error {
	s.Lock()
	defer s.Unlock()
	_, err := s.conn.Write(append([]byte{0x80 | op, byte(len(payload))}, payload...))
	return err
}

func (s *socket) serve() {
	defer socketsOpen.Done()
	defer s.conn.Close()
	for {
		op, payload, err := s.read()
		if err != nil {
			return
		}
		switch op {
		case opText:
			err = s.write(opText, payload)
		case opPing:
			err = s.write(opPong, payload)
		case opClose:
			_ = s.write(opClose, payload)
			return
		}
		if err != nil {
			return
		}
	}
}

func webSocket(w http.ResponseWriter, r *http.Request, version string) {
	key := r.Header.Get("Sec-WebSocket-Key")
	hijacker, can := w.(http.Hijacker)
	if key == "" || !can {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Version: %s\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		version, base64.StdEncoding.EncodeToString(sum[:]))
	s := &socket{conn: conn, in: buffered.Reader}
	socketsLock.Lock()
	sockets[s] = true
	socketsOpen.Add(1)
	socketsLock.Unlock()
	s.serve()
	socketsLock.Lock()
	delete(sockets, s)
	socketsLock.Unlock()
}

// closeSockets says 1001 (going away) to every peer and waits a moment for their answers.
func closeSockets() {
	code := binary.BigEndian.AppendUint16(nil, 1001)
	socketsLock.Lock()
	for s := range sockets {
		_ = s.write(opClose, code)
	}
	socketsLock.Unlock()
	closed := make(chan struct{})
	go func() {
		socketsOpen.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(time.Second):
	}
}

func main() {
	version := os.Getenv("VERSION")
	mux := http.NewServeMux()
	mux.HandleFunc("/health", health)
	mux.HandleFunc("/ready", ready)
	mux.HandleFunc("/slow", slow)
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) { webSocket(w, r, version) })
	mux.HandleFunc("/", echo)
	address := os.Getenv("LISTEN")
	if address == "" {
		address = ":8080"
	}
	connections, err := listen(address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("listening on %s\n", connections.Addr())
	server := &http.Server{ConnState: connections.changed, ConnContext: connections.context, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Version", version)
		w.Header().Set(connectionHeader, nameOf(r))
		elsewhere(w)
		mux.ServeHTTP(w, r)
	})}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		<-signals
		if os.Getenv("ABRUPT") == "true" {
			os.Exit(0)
		}
		stopping.Store(true)
		time.Sleep(delay("STOP_DELAY"))
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		closeSockets()
		connections.tell()
		close(ended)
	}()
	if err := server.Serve(connections); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-ended
}
