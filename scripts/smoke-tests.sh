#!/bin/sh
# Asks a running Control Room for a little of everything: ./scripts/smoke-tests.sh http://localhost:3000
# LOCAL_TOKEN holds its credential where it does not run on this machine's own data folder.
exec node "$(dirname "$0")/../dist/main/headless.js" smoke "$@"
