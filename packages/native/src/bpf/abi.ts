/**
 * Constants and attribute layouts of bpf(2), from linux/bpf.h (6.12), with byte offsets by hand.
 */

export const BPF_MAP_CREATE = 0;
export const BPF_MAP_LOOKUP_ELEM = 1;
export const BPF_MAP_UPDATE_ELEM = 2;
export const BPF_PROG_LOAD = 5;
export const BPF_OBJ_PIN = 6;
export const BPF_PROG_TEST_RUN = 10;
export const BPF_MAP_GET_FD_BY_ID = 14;
export const BPF_PROG_QUERY = 16;
export const BPF_LINK_CREATE = 28;

export const BPF_MAP_TYPE_ARRAY = 2;
export const BPF_MAP_TYPE_PERCPU_ARRAY = 6;
export const BPF_MAP_TYPE_DEVMAP = 14;
export const BPF_MAP_TYPE_XSKMAP = 17;
export const BPF_F_MMAPABLE = 1 << 10;
/** Of BPF_PROG_TEST_RUN: what the program redirects is really sent. Since Linux 5.18. */
export const BPF_F_TEST_XDP_LIVE_FRAMES = 1 << 1;

/** enum bpf_prog_type */
export const BPF_PROG_TYPE_SCHED_CLS = 3;
export const BPF_PROG_TYPE_XDP = 6;
/** enum bpf_attach_type; the second is Linux 6.6 */
export const BPF_XDP = 37;
export const BPF_TCX_INGRESS = 46;
export const BPF_TCX_EGRESS = 47;

/** bpf-helpers(7) */
export const helperMapLookup = 1;
/** Nanoseconds of CLOCK_MONOTONIC. */
export const helperMonotonicTime = 5;
export const helperRedirect = 23;
export const helperSkbPullData = 39;
export const helperRedirectMap = 51;

/** enum xdp_action */
export const XDP_ABORTED = 0;
export const XDP_DROP = 1;
export const XDP_PASS = 2;

/** struct xdp_md: 32-bit fields, the first two stand for pointers */
export const xdpData = 0;
export const xdpDataEnd = 4;
export const xdpQueue = 16;

/** TC_ACT_* of linux/pkt_cls.h; what bpf_redirect() returns is the helper's own */
export const TC_ACT_UNSPEC = -1;
export const TC_ACT_SHOT = 2;

/** struct __sk_buff: 32-bit fields, `data` and `dataEnd` stand for pointers */
export const skbLength = 0;
export const skbProtocol = 16;
export const skbVlanPresent = 20;
export const skbData = 76;
export const skbDataEnd = 80;

/** XDP_FLAGS_* of linux/if_link.h */
export const XDP_FLAGS_SKB_MODE = 1 << 1;
export const XDP_FLAGS_DRV_MODE = 1 << 2;

/** union bpf_attr of BPF_PROG_QUERY, as far as `revision` */
export const programQuery = {
  target: 0,
  attachType: 4,
  ids: 16,
  count: 24,
  bytes: 64,
} as const;

/** union bpf_attr of BPF_MAP_CREATE */
export const mapCreate = {
  type: 0,
  keySize: 4,
  valueSize: 8,
  entries: 12,
  flags: 16,
  name: 28,
  bytes: 72,
};
/** union bpf_attr of BPF_MAP_*_ELEM */
export const mapElement = { fd: 0, key: 8, value: 16, flags: 24, bytes: 32 };
/** union bpf_attr of BPF_PROG_LOAD */
export const programLoad = {
  type: 0,
  count: 4,
  instructions: 8,
  license: 16,
  logLevel: 24,
  logSize: 28,
  logBuffer: 32,
  name: 48,
  expectedAttachType: 68,
  bytes: 72,
};
/** union bpf_attr of BPF_PROG_TEST_RUN */
export const testRun = {
  program: 0,
  verdict: 4,
  inputBytes: 8,
  outputBytes: 12,
  input: 16,
  output: 24,
  repeat: 32,
  flags: 64,
  batch: 72,
  bytes: 80,
};
/** union bpf_attr of BPF_LINK_CREATE */
export const linkCreate = { program: 0, target: 4, attachType: 8, flags: 12, bytes: 16 };
/** union bpf_attr of BPF_OBJ_PIN */
export const objectPin = { path: 0, fd: 8, bytes: 16 };
