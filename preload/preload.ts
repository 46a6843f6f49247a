import { contextBridge, ipcRenderer } from 'electron';

/**
 * All that the page gets from the desktop: where it is, and a wire. `connect` makes a MessageChannel; one end goes to the
 * main process, which speaks the contract on it, the other arrives in the page as the window message `control-room:port`.
 * This file does not grow with the contract.
 */
contextBridge.exposeInMainWorld('controlRoom', {
  platform: process.platform,
  connect: () => {
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage('control-room:connect', null, [port1]);
    window.postMessage('control-room:port', window.location.origin, [port2]);
  },
});
