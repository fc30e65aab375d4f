/** The front door of sockets/: other rooms import from here only. */

export { createSockets } from './gate.ts';
export type { Sockets, SocketsDeps } from './gate.ts';
export type { PeerLimits } from './peer.ts';
export { closings, stream } from './stream.ts';
export type { Closing, Frames, Stream, StreamCall } from './stream.ts';
