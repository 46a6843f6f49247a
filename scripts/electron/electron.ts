/** An Electron that can be started with the app's folder as its first argument. */
export interface Electron {
  executablePath: string;
  /** Folder of the executable: what electron-builder calls `electronDist`. */
  distPath: string;
  version: string;
}
