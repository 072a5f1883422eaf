/** A queue pair and its two completion queues, brought up step by step: RESET, INIT, RTR, RTS. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { errnoName } from "@iopath/native";
import {
  IBV_ACCESS_LOCAL_WRITE,
  IBV_ACCESS_REMOTE_WRITE,
  IBV_QP_ACCESS_FLAGS,
  IBV_QP_AV,
  IBV_QP_DEST_QPN,
  IBV_QP_MAX_DEST_RD_ATOMIC,
  IBV_QP_MAX_QP_RD_ATOMIC,
  IBV_QP_MIN_RNR_TIMER,
  IBV_QP_PATH_MTU,
  IBV_QP_PKEY_INDEX,
  IBV_QP_PORT,
  IBV_QP_QKEY,
  IBV_QP_RETRY_CNT,
  IBV_QP_RNR_RETRY,
  IBV_QP_RQ_PSN,
  IBV_QP_SQ_PSN,
  IBV_QP_STATE,
  IBV_QP_TIMEOUT,
  IBV_QPS_INIT,
  IBV_QPS_RTR,
  IBV_QPS_RTS,
  IBV_QPT_RC,
  IBV_QPT_UD,
  ibvAhAttr,
  ibvQp,
  ibvQpAttr,
  ibvQpInitAttr,
} from "./abi.ts";
import { opened, type VerbsDevice } from "./device.ts";
import { readUint32 } from "./libibverbs.ts";

/** `rc` is a reliable connection; `ud` are unreliable datagrams, to any peer. */
export type Transport = "rc" | "ud";

/**
 * How a frame travels: `send` into a buffer that the receiver posted, or `write-imm`, an RDMA write
 * into a buffer of the receiver's that the sender chooses, with the buffer's number as immediate
 * data.
 */
export type Operation = "send" | "write-imm";

/** What a queue pair must know of another to send to it. */
export interface Peer {
  readonly qpn: number;
  readonly gid: Uint8Array;
}

/** Work requests that a queue holds: twice the largest window. */
export const queueDepth = 512;
/** Of datagrams: sender and receiver agree on it. */
export const datagramKey = 0x1109;

/** Waits for 4.096 us x 2^14 = 67 ms for an answer, seven times; for a receive, for ever. */
const timeoutExponent = 14;
const retries = 7;
const receiveRetriesForEver = 7;
/** 0.64 ms between two tries at a receive queue that is empty. */
const minRnrTimer = 12;
const hopLimit = 64;

/**
 * Masks of the transitions, by transport: what the InfiniBand specification demands, and no more.
 */
const masks = {
  rc: {
    init: IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS,
    rtr:
      IBV_QP_STATE |
      IBV_QP_AV |
      IBV_QP_PATH_MTU |
      IBV_QP_DEST_QPN |
      IBV_QP_RQ_PSN |
      IBV_QP_MAX_DEST_RD_ATOMIC |
      IBV_QP_MIN_RNR_TIMER,
    rts:
      IBV_QP_STATE |
      IBV_QP_TIMEOUT |
      IBV_QP_RETRY_CNT |
      IBV_QP_RNR_RETRY |
      IBV_QP_SQ_PSN |
      IBV_QP_MAX_QP_RD_ATOMIC,
  },
  ud: {
    init: IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_QKEY,
    rtr: IBV_QP_STATE,
    rts: IBV_QP_STATE | IBV_QP_SQ_PSN,
  },
} as const;

export class QueuePair implements Disposable {
  readonly device: VerbsDevice;
  readonly transport: Transport;
  readonly address: number;
  readonly number: number;
  readonly sendCq: number;
  readonly receiveCq: number;
  readonly #resources: DisposableStack;

  constructor(device: VerbsDevice, transport: Transport) {
    using opening = new DisposableStack();
    this.device = device;
    this.transport = transport;
    const openCq = () => {
      const tried = `make a completion queue of ${queueDepth} on ${device.name}`;
      const cq = opened(device.library.createCq(device.context, queueDepth, 0, 0, 0), tried);
      opening.defer(() => device.library.destroyCq(cq));
      return cq;
    };
    this.sendCq = openCq();
    this.receiveCq = openCq();
    this.address = this.#create();
    opening.defer(() => device.library.destroyQp(this.address));
    this.number = readUint32(this.address + ibvQp.number);
    this.#resources = opening.move();
  }

  #create(): number {
    const { library, scratch, pd, name } = this.device;
    const { view } = scratch;
    scratch.u8.fill(0, 0, ibvQpInitAttr.bytes);
    scratch.setUint64(ibvQpInitAttr.sendCq, this.sendCq);
    scratch.setUint64(ibvQpInitAttr.receiveCq, this.receiveCq);
    view.setUint32(ibvQpInitAttr.maxSendWr, queueDepth, true);
    view.setUint32(ibvQpInitAttr.maxReceiveWr, queueDepth, true);
    view.setUint32(ibvQpInitAttr.maxSendSge, 1, true);
    view.setUint32(ibvQpInitAttr.maxReceiveSge, 1, true);
    view.setUint32(ibvQpInitAttr.type, this.transport === "rc" ? IBV_QPT_RC : IBV_QPT_UD, true);
    const tried = `make a ${this.transport} queue pair of depth ${queueDepth} on ${name}`;
    return opened(library.createQp(pd, scratch.address), tried);
  }

  get peer(): Peer {
    return { qpn: this.number, gid: this.device.gid.bytes };
  }

  /** To INIT: receives may be posted now, and should be before anything comes. */
  initialize(): void {
    this.#modify("INIT", IBV_QPS_INIT, masks[this.transport].init, (view) => {
      view.setUint8(ibvQpAttr.port, this.device.port);
      const access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE;
      if (this.transport === "rc") view.setUint32(ibvQpAttr.accessFlags, access, true);
      else view.setUint32(ibvQpAttr.qkey, datagramKey, true);
    });
  }

  /** To RTR and RTS. @param peer whom a connection leads to; a datagram's says so itself */
  connect(peer: Peer): void {
    const { transport, device } = this;
    this.#modify("RTR", IBV_QPS_RTR, masks[transport].rtr, (view) => {
      if (transport === "ud") return;
      view.setUint32(ibvQpAttr.pathMtu, device.activeMtu, true);
      view.setUint32(ibvQpAttr.destinationQpn, peer.qpn, true);
      view.setUint8(ibvQpAttr.maxDestinationReadAtomic, 1);
      view.setUint8(ibvQpAttr.minRnrTimer, minRnrTimer);
      this.#writeAddressHandle(ibvQpAttr.addressHandle, peer);
    });
    this.#modify("RTS", IBV_QPS_RTS, masks[transport].rts, (view) => {
      if (transport === "ud") return;
      view.setUint8(ibvQpAttr.timeout, timeoutExponent);
      view.setUint8(ibvQpAttr.retryCount, retries);
      view.setUint8(ibvQpAttr.rnrRetry, receiveRetriesForEver);
      view.setUint8(ibvQpAttr.maxReadAtomic, 1);
    });
  }

  /** Of datagrams to the peer; it ends with the queue pair. */
  addressHandleOf(peer: Peer): number {
    const { library, scratch, pd, name } = this.device;
    scratch.u8.fill(0, 0, ibvAhAttr.bytes);
    this.#writeAddressHandle(0, peer);
    const handle = opened(
      library.createAh(pd, scratch.address),
      `make an address handle on ${name}`,
    );
    this.#resources.defer(() => library.destroyAh(handle));
    return handle;
  }

  #writeAddressHandle(at: number, peer: Peer): void {
    const { view, u8 } = this.device.scratch;
    u8.set(peer.gid, at + ibvAhAttr.destinationGid);
    view.setUint8(at + ibvAhAttr.sourceGidIndex, this.device.gid.index);
    view.setUint8(at + ibvAhAttr.hopLimit, hopLimit);
    view.setUint8(at + ibvAhAttr.isGlobal, 1);
    view.setUint8(at + ibvAhAttr.port, this.device.port);
  }

  #modify(name: string, state: number, mask: number, fill: (view: DataView) => void): void {
    const { library, scratch } = this.device;
    scratch.u8.fill(0, 0, ibvQpAttr.bytes);
    scratch.view.setUint32(ibvQpAttr.state, state, true);
    fill(scratch.view);
    const errno = library.modifyQp(this.address, scratch.address, mask);
    if (errno !== 0) throw this.#transitionError(name, errno);
  }

  #transitionError(state: string, errno: number): IopathError {
    const { name, gid } = this.device;
    const error = errnoName(errno);
    const pair = `${this.transport} queue pair ${this.number} of ${name} (GID index ${gid.index})`;
    return new IopathError(ExitStatus.cannotRun, `${pair} can't reach ${state}: ${error}`, {
      remedy: transitionRemedies[error] ?? "`dmesg` may say more",
    });
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** What stands behind an errno of ibv_modify_qp(3), in the words of who can mend it. */
const transitionRemedies: Record<string, string> = {
  EINVAL: "the port or the GID index may be gone: has the address of its network device changed?",
  ENETUNREACH: "no route to the peer's GID: both ends need addresses of one network",
  EHOSTUNREACH: "nobody answers at the peer's GID: is its link up?",
  ETIMEDOUT: "the peer's MAC address could not be resolved: is its link up, and is it reachable?",
  EPERM: "run as root",
};
