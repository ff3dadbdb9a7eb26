# shellcheck shell=bash
# ./steamgate demo: the main job as it happens.

demo() {
  die "the demo comes with the running edge"
}
