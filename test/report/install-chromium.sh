#!/bin/sh
# Installs the browser in which the report page is tested, on Debian, where it is missing.
set -e
command -v chromium >/dev/null && exit 0
apt-get update
apt-get install -y --no-install-recommends chromium
