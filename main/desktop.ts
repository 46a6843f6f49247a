import { runDesktop } from './desktop/run-desktop.ts';

runDesktop(import.meta.url);
