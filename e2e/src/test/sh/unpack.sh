# shellcheck shell=bash
# Debian's packages without installing them.

readonly PEERS=$ROOT/target/peers

# usage: download PACKAGE...; with what they need and this machine lacks
download() {
  local wanted
  # Nothing is installed or removed: apt only says what would be.
  wanted=$({
    printf '%s\n' "$@"
    apt-get -s --no-install-recommends install "$@" | awk '$1 == "Inst" { print $2 }'
  } | sort -u)
  # shellcheck disable=SC2086 # one word for each package
  apt-get download -q $wanted
}

# usage: unpack PACKAGE, or unpack NAME PACKAGE... for several with what they need; prints where it is
unpack() {
  local name=$1 folder
  shift
  mkdir -p "$PEERS"
  exec 9>"$PEERS/lock"
  flock 9
  if [[ ! -d $PEERS/$name ]]; then
    folder=$(mktemp -d "$PEERS/$name.XXXXXX")
    (
      cd "$folder"
      if (($# == 0)); then
        apt-get download -q "$name"
      else
        # A new machine may know no packages yet.
        download "$@" || { apt-get update -q && download "$@"; }
      fi
      for package in *.deb; do dpkg -x "$package" files; done
    ) >"$folder.log" 2>&1 || {
      tail -n 20 "$folder.log" >&2
      rm -rf "$folder"
      exit 1
    }
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
    mv -T "$folder/files" "$PEERS/$name"
    rm -rf "$folder" "$folder.log"
  fi
  exec 9>&-
  printf '%s\n' "$PEERS/$name"
}
