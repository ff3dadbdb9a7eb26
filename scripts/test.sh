# shellcheck shell=bash
# ./steamgate test: everything that checks this repository, through one run of Maven.

run_tests() {
  local full=false log=$ROOT/target/test.log
  while (($# > 0)); do
    case $1 in
      --full) full=true ;;
      *) die "test knows --full, not '$1'" ;;
    esac
    shift
  done
  doctor_before_work
  lab down >/dev/null
  mkdir -p "$ROOT/target"
  # Reports of modules that this run does not reach must not be counted as its own.
  rm -rf "$ROOT"/*/target/surefire-reports
  local status=0
  maven -Dsteamgate.full="$full" verify 2>&1 | tee "$log" || status=$?
  lab down >/dev/null
  say
  if ((status != 0)); then
    grep -E '^\[ERROR\] +[A-Za-z]+Test[.:]|BUILD FAILURE|Failed to execute' "$log" | sort -u | head -n 40 || true
  fi
  say "All modules together:"
  add_up_reports
  return "$status"
}

# Surefire's own figures, added up over the modules.
add_up_reports() {
  find "$ROOT" -path '*/target/surefire-reports/TEST-*.xml' -exec awk '/<testsuite / { print; nextfile }' {} + \
    | awk '
      function figure(name) {
        return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0
      }
      { run += figure("tests"); failures += figure("failures"); errors += figure("errors"); skipped += figure("skipped") }
      END { printf "Tests run: %d, Failures: %d, Errors: %d, Skipped: %d\n", run, failures, errors, skipped }'
}
