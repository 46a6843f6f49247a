/* A program that does nothing: what the machine itself adds to the delay of a main loop. */
process.stdin.on('end', () => process.exit(0)).resume();
