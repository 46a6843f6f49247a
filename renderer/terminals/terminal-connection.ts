/** What a terminal on the page needs of the connection: frames both ways, and to hear when a new connection stands. */
export interface TerminalConnection {
  /** Sends a frame; one that cannot be sent now is dropped: after a reconnect the terminal attaches anew. */
  sendFrame(frame: Uint8Array): void;
  onFrame(listener: (frame: Uint8Array) => void): () => void;
  onReconnect(listener: () => void): () => void;
}
