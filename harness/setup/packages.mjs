/**
 * What setting up installs with apt, as data. Plain JavaScript without dependencies, since
 * setup.mjs reads it before anything is installed. The README lists the same; a test compares.
 */

/** Programs of the system, the Debian package that has each, and what it is for. */
export const systemPrograms = [
  { program: "ip", package: "iproute2", needed: "network namespaces and veth pairs" },
];

/** What `userspace-pmd` needs; without it that path is skipped, and all else runs. */
export const dpdkPackages = ["librte-meta-all", "librte-meta-net", "librte-meta-mempool"];

/** What `pvrdma` needs: libibverbs with its providers, and a compiler for the guest's driver. */
export const rdmaPackages = [
  ...["libibverbs1", "ibverbs-providers", "libibverbs-dev"],
  ...["gcc", "make", "libc6-dev"],
];

/** What tests open iopath's files with, only for `npm test`: the package, and what it is for. */
export const testPackages = [
  { package: "chromium", needed: "opens the pages of a run" },
  { package: "python3-prometheus-client", needed: "an OpenMetrics parser of another make" },
  { package: "openssh-client", needed: "reaches a tester on another machine" },
  { package: "openssh-server", needed: "is that machine's server, in a namespace" },
];

/**
 * What `npm run bench:peers` needs besides: DPDK's headers, dpdk-testpmd, and a compiler for the
 * loops in C.
 */
export const peersPackages = ["libdpdk-dev", "dpdk-dev", "pkg-config"];
