/** What instructions are for: groups of functions that add up to the whole. */
import { type Frame, interruptFrame, otherTaskFrame, type Profile, spaceOf } from "./profile.ts";

interface Rule {
  readonly group: string;
  readonly name?: RegExp;
  readonly object?: RegExp;
}

/** Of user space, by the file that a function is of. */
const ofUserSpace: readonly Rule[] = [
  { group: "looks at the clock", object: /^vdso$/ },
  { group: "tester, in user space", object: /^harness\/src\/trial\/tester\// },
  { group: "workload", object: /^WebAssembly$/ },
  { group: "workload", object: /^packages\/(workloads|packet-language)\// },
  { group: "DPDK", object: /^librte_/ },
  { group: "loop around all", object: /^(harness\/src\/trial\/loop\/|.*\/tinybench\/)/ },
  { group: "path, in user space", object: /^packages\// },
];
const otherUserSpace = "Node and V8";

/** Of the kernel, by names of Linux 6: the first rule that a name fits. */
const ofKernel: readonly Rule[] = [
  { group: "BPF programs", object: /^\[bpf\]$/ },
  {
    group: "system-call entry",
    name: /^(entry_SYSCALL|do_syscall_64|syscall_|__x64_sys_|exit_to_user|x64_sys_call|__fget|__fdget|fput|sockfd_lookup|fget_)/,
  },
  {
    group: "interrupt entry",
    name: /^(asm_|irq_entries|irqentry_|common_interrupt|sysvec_|error_|irq_enter|irq_exit|handle_(edge|fasteoi|level|irq)|__handle_irq|__common_interrupt|sync_regs|native_iret|restore_regs)/,
  },
  {
    group: "copies",
    name: /^(copy_user|_copy_|__copy_|copy_from_|copy_to_|memcpy|__memcpy|memmove|skb_copy_|__skb_datagram_iter|skb_datagram_copy|skb_store_bits|csum_partial|csum_and_copy|rep_movs|xsk_copy|simple_copy)/,
  },
  {
    group: "IOMMU and DMA mapping",
    name: /(iommu|^dma_|iova|^qi_|^domain_|^__domain|^alloc_iova|pfn_to_dma|^clflush|dmar|swiotlb)/,
  },
  {
    group: "frame buffers (skb, pages)",
    name: /^(__?alloc_skb|alloc_skb|build_skb|__build_skb|napi_(build|consume|skb)|kfree_skb|__kfree_skb|consume_skb|skb_(release|free|head|put|push|pull|clone|trim)|__skb_(put|pull|unclone)|skb_do_copy|pskb_|sock_alloc_send|sock_(w|r)free|skb_set_owner|__sk_mem|sk_mem|kmem_cache|kmalloc|__kmalloc|kfree|kmem|___slab|__slab|page_frag|page_pool|__page_pool|free_unref|get_page|put_page|__free_pages|__alloc_pages|alloc_pages|xdp_return|__xdp_return|dev_kfree|__dev_kfree|tpacket_destruct|napi_alloc|netdev_alloc|__netdev_alloc)/,
  },
  {
    group: "AF_XDP",
    name: /^(xsk_|__xsk|xp_|__xp|xskq|xsk)/,
  },
  {
    group: "driver",
    object:
      /^\[(veth|igb|igbvf|virtio_net|virtio_ring|vmxnet3|vfio.*|vmw_pvrdma|rdma_rxe|ib_.*)\]$/,
  },
  {
    group: "driver",
    name: /^(eth_type_trans|ethtool|virtqueue_|vring_|pci_|iowrite|ioread|readl|writel)/,
  },
  {
    group: "XDP core and redirection",
    name: /^(xdp_|__xdp|bpf_|__bpf|bq_|dev_map|__dev_map|xsk_map|veth_xdp|do_xdp|generic_xdp|netif_receive_generic|__cpu_map)/,
  },
  {
    group: "packet sockets",
    name: /^(packet_|__packet|tpacket|tpacket_|prb_|dev_queue_xmit_nit|run_filter|packet$)/,
  },
  { group: "io_uring", name: /^(io_|__io)/ },
  {
    group: "IP and routing",
    // A lock of PREEMPT_RT (rt_spin_lock) is no route, and serves who takes it.
    name: /^(ip_|__ip_|ip6?_|ipv4|inet_|__inet|fib_|__fib|udp_|__udp|arp_|neigh_|rt_(?!spin_|mutex_|read_|write_)|dst_|ipv4_|nf_|icmp|__icmp|__udp4)/,
  },
  {
    group: "transmission (qdisc, device queue)",
    name: /^(dev_queue_xmit|__dev_queue|__dev_xmit|dev_hard_start|sch_|pfifo|qdisc|__qdisc|validate_xmit|netdev_core_pick|netdev_pick|netif_skb|dev_direct|__dev_direct|tcf_|cls_bpf|sch_handle|skb_network_protocol|passthru)/,
  },
  {
    group: "NAPI and softirq",
    name: /^(net_rx_action|__?napi|napi_|__netif_|netif_|enqueue_to_backlog|process_backlog|__do_softirq|do_softirq|__local_bh|local_bh|raise_softirq|__raise_softirq|gro_|dev_gro|__softirq|dev_forward_skb|__dev_forward|skb_defer|net_tx_action|skb_do_redirect|handle_softirqs)/,
  },
  {
    group: "scheduling and timers",
    name: /^(schedule|__schedule|try_to_wake|ttwu|wake_up|__wake_up|pick_next|select_task|enqueue_task|dequeue_task|update_(curr|load|rq)|finish_task|prepare_(to_wait|task)|hrtimer|__hrtimer|tick_|ktime|timekeeping|update_wall|update_process|scheduler|run_timer|__run_|sched_|__switch|context_switch|ep_|poll_|do_(poll|epoll)|__pollwait|sys_poll|clockevents|lapic|timer_|rcu_sched|run_rebalance|psi_|task_tick|calc_)/,
  },
  {
    group: "sockets",
    name: /^(sock_|__sock|sys_|__sys_|___sys|____sys|sendmsg|recvmsg|import_|__import|security_|apparmor|move_addr|kernel_|unix_|sk_|lock_sock|release_sock|__?lock_sock|fput|copy_msghdr|get_user|put_user|__get_user|__put_user|iov_|skb_(recv|queue)|__skb_(try|recv|wait)|datagram_|__check_object|check_(heap|stack))/,
  },
];
const otherKernel = "kernel, other";

/** What a stack's last function is for; what has no purpose of its own serves its caller. */
function groupOf(frames: readonly Frame[]): string {
  if (frames[0] === undefined) return otherUserSpace;
  const isOfOthers = sameFrame(frames[0], otherTaskFrame);
  if (isOfOthers) return "other tasks";
  const isUser = spaceOf(frames.at(-1)!) === "user";
  const rules = isUser ? ofUserSpace : ofKernel;
  for (let i = frames.length - 1; i >= 0; i--) {
    const frame = frames[i]!;
    if ((spaceOf(frame) === "user") !== isUser || sameFrame(frame, interruptFrame)) break;
    const rule = rules.find((one) => fits(one, frame));
    if (rule) return rule.group;
  }
  return isUser ? otherUserSpace : otherKernel;
}

function fits({ name, object }: Rule, frame: Frame): boolean {
  return (name?.test(frame.name) ?? true) && (object?.test(frame.object) ?? true);
}

function sameFrame(a: Frame, b: Frame): boolean {
  return a.name === b.name && a.object === b.object;
}

export interface GroupCost {
  readonly group: string;
  /** Instructions per frame of the network. */
  readonly own: number;
}

/** Dearest first; they add up to the whole. */
export function groupCosts({ stacks, window }: Pick<Profile, "stacks" | "window">): GroupCost[] {
  const groups = new Map<string, number>();
  for (const { frames, count } of stacks) {
    const group = groupOf(frames);
    groups.set(group, (groups.get(group) ?? 0) + count / window);
  }
  return [...groups]
    .map(([group, own]) => ({ group, own }))
    .sort((a, b) => b.own - a.own || (a.group < b.group ? -1 : 1));
}
