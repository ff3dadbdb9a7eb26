# shellcheck shell=bash
# Debian's packages without installing them.

readonly PEERS=$ROOT/target/peers

# usage: unpack PACKAGE; prints where it is
unpack() {
  local package=$1 folder
  if [[ ! -d $PEERS/$package ]]; then
    mkdir -p "$PEERS"
    folder=$(mktemp -d "$PEERS/$package.XXXXXX")
    (cd "$folder" && apt-get download -q "$package") >"$folder.log" 2>&1 || {
      cat "$folder.log" >&2
      exit 1
    }
    dpkg -x "$folder/$package"_*.deb "$folder/files"
    # Debian's / has links in the place of these.
    for top in bin sbin lib; do
      if [[ -d $folder/files/$top ]]; then
        mkdir -p "$folder/files/usr/$top"
        cp -a "$folder/files/$top/." "$folder/files/usr/$top/"
        rm -rf "${folder:?}/files/$top"
      fi
    done
    rm -rf "$folder/files/run" "$folder/files/var/run"
    chmod 755 "$folder/files"
    mv -T "$folder/files" "$PEERS/$package" 2>/dev/null || [[ -d $PEERS/$package ]]
    rm -rf "$folder"
  fi
  printf '%s\n' "$PEERS/$package"
}
