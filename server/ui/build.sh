#!/usr/bin/env bash
# build.sh OUT: builds the page into the folder OUT, each file compressed. Where npm or a Node.js that is
# new enough is missing, or the packages cannot be had, OUT holds a page that says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=$1

rm -rf "$out"
mkdir -p "$out"
if ! ./tool install; then
  printf 'server/ui: the server is built without its web page\n' >&2
  cp fallback/* "$out/"
  exit 0
fi
./tool vite build --logLevel warn --outDir "$out" --emptyOutDir
find "$out" -type f -exec gzip -9n {} +
