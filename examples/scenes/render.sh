#!/bin/sh
# Renders the scenes of this folder with POV-Ray 3.7 and writes ../<scene>.jpg with ImageMagick.
# Usage: render.sh [scene...]; WIDTH (1280) and QUALITY (88) may be set, for drafts for example.
set -eu
cd "$(dirname "$0")"
WIDTH=${WIDTH:-1280}
HEIGHT=$((WIDTH * 853 / 1280))
[ $# -gt 0 ] || set -- harbour mountains still-life
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for scene; do
  povray "+I$scene.pov" "+O$folder/$scene.png" "+W$WIDTH" "+H$HEIGHT" +A0.15 +AM1 +R3 -D -V
  convert "$folder/$scene.png" -strip -sampling-factor 4:2:0 -quality "${QUALITY:-88}" "../$scene.jpg"
done
