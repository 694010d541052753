#!/bin/sh
# Random secrets for docker-compose.yml, one file each, in a folder that only its owner enters.
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
# The folder keeps everybody else of this machine out. A container is handed each file by itself, past the folder, and
# its user must be able to read it.
chmod 0700 "$folder"
