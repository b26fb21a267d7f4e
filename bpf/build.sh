#!/usr/bin/env bash
# Compiles every kernel program to build/bpf/<arch>/*.bpf.o. One argument: the target architecture (default: this machine's).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
arch=${1:-$(uname -m)}
case $arch in
  x86_64|x86|amd64) arch=x86_64 target=x86 ;;
  aarch64|arm64) arch=aarch64 target=arm64 ;;
  *) echo "build.sh: architecture '$arch' is not supported: x86_64 and aarch64 are" >&2; exit 2 ;;
esac
out=../build/bpf/$arch
mkdir -p "$out"
clang=${CLANG:-clang}
include=$("${CC:-$clang}" -print-multiarch 2>/dev/null || true)
for source in *.bpf.c; do
  object=$out/${source%.c}.o
  "$clang" -target bpf -D__TARGET_ARCH_$target -O2 -g -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
    -Wno-missing-declarations ${include:+-I/usr/include/$include} -c "$source" -o "$object.new"
  if command -v llvm-strip >/dev/null 2>&1; then llvm-strip -g "$object.new"; fi
  mv "$object.new" "$object"
done
