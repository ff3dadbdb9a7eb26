# shellcheck shell=bash
# Finds JDK 25 and Maven 3.9, and builds the services when their sources are newer than they are.

readonly JDK_RELEASE=25

# A JDK is a directory with a compiler whose `release` file names the version; asking the file is quicker than
# starting each Java found.
is_jdk() {
  [[ -x $1/bin/javac && -r $1/release ]] && grep -q "^JAVA_VERSION=\"${JDK_RELEASE}[.\"]" "$1/release"
}

# Prints the directory of a JDK 25: what JAVA_HOME or PATH says, then what Debian's alternatives know, then the
# places where Debian packages, archives and SDKMAN put JDKs.
find_jdk() {
  local home java
  for home in "${JAVA_HOME:-}" "${GRAALVM_HOME:-}"; do
    if [[ -n $home ]] && is_jdk "$home"; then
      say "$home"
      return
    fi
  done
  while read -r java; do
    home=$(dirname "$(dirname "$(readlink -f "$java")")")
    if is_jdk "$home"; then
      say "$home"
      return
    fi
  done < <(type -ap java javac; update-alternatives --list java 2>/dev/null)
  # Where distributions, and people, unpack one; the environment has been asked before.
  for home in /usr/lib/jvm/* /opt/* /opt/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if is_jdk "$home"; then
      say "$home"
      return
    fi
  done
  return 1
}

use_jdk() {
  JAVA_HOME=$(find_jdk) \
    || die "no JDK $JDK_RELEASE found: unpack one anywhere and set JAVA_HOME to it (Debian 12 has none in its archive)"
  export JAVA_HOME
}

# Maven 3.9 for ./mvnw: Debian 12 brings 3.8, which can at least fetch 3.9 from the repository it is configured for,
# so that no registry need be named here. It is put where the wrapper looks for it.
use_maven() {
  [[ -x $(wrapper_home)/bin/mvn || -n ${MVNW_REPOURL:-} ]] || fetch_maven
}

wrapper_url() {
  sed -n 's/^distributionUrl=//p' "$ROOT/.mvn/wrapper/maven-wrapper.properties"
}

# The wrapper names the directory of a distribution by Java's hash of its URL.
wrapper_home() {
  local url name hash=0 i
  url=$(wrapper_url)
  name=$(basename "$url" -bin.zip)
  for ((i = 0; i < ${#url}; i++)); do
    hash=$(((hash * 31 + $(printf %d "'${url:i:1}")) % 4294967296))
  done
  printf '%s/wrapper/dists/%s/%x\n' "${MAVEN_USER_HOME:-$HOME/.m2}" "$name" "$hash"
}

fetch_maven() {
  local url archive version home fetched
  url=$(wrapper_url)
  archive=$(basename "$url")
  version=$(basename "$(dirname "$url")")
  home=$(wrapper_home)
  has mvn || die "no Maven: install Debian's package maven (it fetches Maven $version), or set MVNW_REPOURL"
  note "Fetching Maven $version through $(command -v mvn)"
  mkdir -p "$(dirname "$home")"
  fetched=$(mktemp -d "$(dirname "$home")/fetch.XXXXXX")
  # Away from this repository: its jvm.config is for newer Mavens.
  if ! (cd "$fetched" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:copy \
    -Dartifact="org.apache.maven:apache-maven:$version:zip:bin" -DoutputDirectory="$fetched" >"$fetched/log" 2>&1); then
    grep -m 5 ERROR "$fetched/log" >&2 || true
    rm -rf "$fetched"
    die "could not fetch Maven $version: configure a repository for mvn, or set MVNW_REPOURL"
  fi
  if ! (cd "$fetched" && sha512sum --status -c "$ROOT/.mvn/wrapper/$archive.sha512"); then
    rm -rf "$fetched"
    die "$archive from the configured repository has a wrong SHA-512: not used"
  fi
  (cd "$fetched" && "$JAVA_HOME/bin/jar" xf "$archive")
  chmod +x "$fetched/apache-maven-$version/bin/mvn"
  # By rename, so that of two builds that race for it one wins and none sees half of it.
  mv -T "$fetched/apache-maven-$version" "$home" 2>/dev/null || [[ -x $home/bin/mvn ]]
  rm -rf "$fetched"
}

maven() {
  use_jdk
  use_maven
  "$ROOT/mvnw" -B -ntp -f "$ROOT/pom.xml" "$@"
}

service_jar() {
  say "$ROOT/$1/target/quarkus-app/quarkus-run.jar"
}

is_built() {
  local jar
  jar=$(service_jar "$1")
  [[ -f $jar && -z $(find "$ROOT/pom.xml" "$ROOT/$1/pom.xml" "$ROOT/$1/src/main" "$ROOT/cluster-state/src/main" \
    "$ROOT/service-start/src/main" -newer "$jar" -type f -print -quit) ]]
}

# usage: build_services MODULE...
build_services() {
  local module missing=()
  for module in "$@"; do
    is_built "$module" || missing+=("$module")
  done
  ((${#missing[@]} > 0)) || return 0
  use_jdk
  use_maven
  # `package` rewrites an up-to-date jar only when something changed, so the stamp is set here.
  quietly "Building ${missing[*]}" "$ROOT/target/build.log" maven -q -DskipTests package -am -pl "$(IFS=, && say "${missing[*]}")" \
    || exit 1
  for module in "${missing[@]}"; do
    touch "$(service_jar "$module")"
  done
}
