#!/bin/sh
# Random secrets for docker-compose.yml, one file each, readable by their owner and by the containers' user alone.
# Files that are there stay as they are.
set -eu
folder=$1
umask 077
mkdir -p "$folder"
for name in postgres redis elastic kibana; do
  file="$folder/$name"
  [ -s "$file" ] && continue
  # 32 letters and digits: nothing a shell, an address or JSON would have to escape
  LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32 >"$file.part"
  chmod 0444 "$file.part"
  mv "$file.part" "$file"
done
# The folder keeps others out; the files inside must be readable by the users of the containers.
chmod 0711 "$folder"
