/* Prints what the abi.ts files of packages/ say, as the system's headers have it: "name value"
 * lines. */
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/io_uring.h>
#include <linux/pkt_cls.h>
#include <linux/sock_diag.h>
#include <linux/udp.h>
#include <linux/vfio.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

#define VALUE(name) printf(#name " %lld\n", (long long)(name))
#define OFFSET(type, member, label) printf(label " %zu\n", offsetof(type, member))
#define WORD(type, member, label) printf(label " %zu\n", offsetof(type, member) / 4)
#define SIZE(type, label) printf(label " %zu\n", sizeof(type))

int main(void)
{
	OFFSET(struct mmsghdr, msg_hdr.msg_iov, "mmsghdr.iov");
	OFFSET(struct mmsghdr, msg_hdr.msg_iovlen, "mmsghdr.iovCount");
	OFFSET(struct mmsghdr, msg_len, "mmsghdr.length");
	SIZE(struct mmsghdr, "mmsghdr.bytes");
	OFFSET(struct iovec, iov_base, "iovec.base");
	OFFSET(struct iovec, iov_len, "iovec.length");
	SIZE(struct iovec, "iovec.bytes");
	OFFSET(struct sock_fprog, len, "socketFilterProgram.count");
	OFFSET(struct sock_fprog, filter, "socketFilterProgram.instructions");
	SIZE(struct sock_fprog, "socketFilterProgram.bytes");
	VALUE(BPF_MAP_GET_FD_BY_ID);
	VALUE(BPF_PROG_QUERY);
	VALUE(ETH_P_ALL);
	VALUE(PACKET_STATISTICS);
	VALUE(SO_MEMINFO);
	OFFSET(struct tpacket_stats, tp_drops, "packetStatistics.drops");
	SIZE(struct tpacket_stats, "packetStatistics.bytes");
	printf("socketMemory.drops %d\n", SK_MEMINFO_DROPS * 4);
	printf("socketMemory.bytes %d\n", SK_MEMINFO_VARS * 4);
	OFFSET(struct xdp_statistics, rx_dropped, "xdpStatistics.dropped");
	OFFSET(struct xdp_statistics, rx_ring_full, "xdpStatistics.ringFull");
	SIZE(struct xdp_statistics, "xdpStatistics.bytes");
	VALUE(PACKET_FANOUT);
	VALUE(PACKET_FANOUT_QM);
	VALUE(SO_REUSEPORT);
	VALUE(SO_ATTACH_REUSEPORT_CBPF);
	VALUE(SKF_AD_QUEUE);
	VALUE(PACKET_AUXDATA);
	OFFSET(struct tpacket_auxdata, tp_status, "packetAuxiliaryData.status");
	OFFSET(struct tpacket_auxdata, tp_vlan_tci, "packetAuxiliaryData.vlanTag");
	OFFSET(struct tpacket_auxdata, tp_vlan_tpid, "packetAuxiliaryData.vlanProtocol");
	SIZE(struct tpacket_auxdata, "packetAuxiliaryData.bytes");
	VALUE(PACKET_QDISC_BYPASS);
	VALUE(PACKET_IGNORE_OUTGOING);
	VALUE(SO_ATTACH_FILTER);
	VALUE(SKF_AD_OFF);
	VALUE(SKF_AD_VLAN_TAG_PRESENT);

	VALUE(PACKET_RX_RING);
	VALUE(PACKET_VERSION);
	VALUE(PACKET_RESERVE);
	VALUE(PACKET_TX_RING);
	VALUE(TPACKET_V2);
	VALUE(TPACKET_V3);
	OFFSET(struct tpacket_req3, tp_retire_blk_tov, "tpacketRequest3.retireMs");
	SIZE(struct tpacket_req3, "tpacketRequest3.bytes");
	OFFSET(struct tpacket_block_desc, hdr.bh1.block_status, "tpacketBlock.status");
	OFFSET(struct tpacket_block_desc, hdr.bh1.num_pkts, "tpacketBlock.frames");
	OFFSET(struct tpacket_block_desc, hdr.bh1.offset_to_first_pkt, "tpacketBlock.firstFrame");
	OFFSET(struct tpacket3_hdr, tp_next_offset, "tpacket3Header.next");
	OFFSET(struct tpacket3_hdr, tp_snaplen, "tpacket3Header.capturedLength");
	OFFSET(struct tpacket3_hdr, tp_status, "tpacket3Header.status");
	OFFSET(struct tpacket3_hdr, tp_mac, "tpacket3Header.macOffset");
	OFFSET(struct tpacket3_hdr, hv1.tp_vlan_tci, "tpacket3Header.vlanTag");
	OFFSET(struct tpacket3_hdr, hv1.tp_vlan_tpid, "tpacket3Header.vlanProtocol");
	VALUE(TP_STATUS_KERNEL);
	VALUE(TP_STATUS_USER);
	VALUE(TP_STATUS_VLAN_VALID);
	VALUE(TP_STATUS_VLAN_TPID_VALID);
	VALUE(TP_STATUS_AVAILABLE);
	VALUE(TP_STATUS_SEND_REQUEST);
	VALUE(TP_STATUS_WRONG_FORMAT);
	VALUE(IPPROTO_IP);
	VALUE(IP_RECVERR);
	VALUE(UDP_SEGMENT);
	VALUE(UDP_GRO);
	VALUE(IORING_SETUP_CQSIZE);
	VALUE(IORING_SETUP_SUBMIT_ALL);
	VALUE(IORING_SETUP_SINGLE_ISSUER);
	VALUE(IORING_SETUP_DEFER_TASKRUN);
	VALUE(IORING_OP_SEND);
	VALUE(IORING_OP_RECV);
	VALUE(IORING_OP_SEND_ZC);
	VALUE(IOSQE_FIXED_FILE);
	VALUE(IOSQE_BUFFER_SELECT);
	VALUE(IOSQE_CQE_SKIP_SUCCESS);
	VALUE(IORING_RECV_MULTISHOT);
	VALUE(IORING_CQE_F_BUFFER);
	VALUE(IORING_CQE_BUFFER_SHIFT);
	VALUE(IORING_ENTER_GETEVENTS);
	VALUE(IORING_REGISTER_FILES);
	VALUE(IORING_ENTER_REGISTERED_RING);
	VALUE(IORING_REGISTER_RING_FDS);
	VALUE(IORING_UNREGISTER_RING_FDS);
	OFFSET(struct io_uring_rsrc_update, offset, "ringRegistration.offset");
	OFFSET(struct io_uring_rsrc_update, data, "ringRegistration.fd");
	SIZE(struct io_uring_rsrc_update, "ringRegistration.bytes");
	VALUE(IORING_REGISTER_PBUF_RING);
	VALUE(IORING_OFF_SQ_RING);
	VALUE(IORING_OFF_SQES);
	OFFSET(struct mmsghdr, msg_hdr.msg_control, "mmsghdr.control");
	OFFSET(struct mmsghdr, msg_hdr.msg_controllen, "mmsghdr.controlBytes");
	OFFSET(struct cmsghdr, cmsg_len, "cmsghdr.length");
	OFFSET(struct cmsghdr, cmsg_level, "cmsghdr.level");
	OFFSET(struct cmsghdr, cmsg_type, "cmsghdr.type");
	OFFSET(struct tpacket_req, tp_block_size, "tpacketRequest.blockBytes");
	OFFSET(struct tpacket_req, tp_block_nr, "tpacketRequest.blocks");
	OFFSET(struct tpacket_req, tp_frame_size, "tpacketRequest.slotBytes");
	OFFSET(struct tpacket_req, tp_frame_nr, "tpacketRequest.slots");
	OFFSET(struct tpacket2_hdr, tp_status, "tpacket2Header.status");
	OFFSET(struct tpacket2_hdr, tp_len, "tpacket2Header.length");
	OFFSET(struct tpacket2_hdr, tp_snaplen, "tpacket2Header.capturedLength");
	OFFSET(struct tpacket2_hdr, tp_mac, "tpacket2Header.macOffset");
	OFFSET(struct tpacket2_hdr, tp_vlan_tci, "tpacket2Header.vlanTag");
	OFFSET(struct tpacket2_hdr, tp_vlan_tpid, "tpacket2Header.vlanProtocol");
	OFFSET(struct io_uring_params, sq_entries, "ioUringParams.submissionEntries");
	OFFSET(struct io_uring_params, cq_entries, "ioUringParams.completionEntries");
	OFFSET(struct io_uring_params, flags, "ioUringParams.flags");
	OFFSET(struct io_uring_params, features, "ioUringParams.features");
	OFFSET(struct io_uring_params, sq_off.head, "ioUringParams.submissionHead");
	OFFSET(struct io_uring_params, sq_off.tail, "ioUringParams.submissionTail");
	OFFSET(struct io_uring_params, sq_off.flags, "ioUringParams.submissionFlags");
	OFFSET(struct io_uring_params, sq_off.array, "ioUringParams.submissionArray");
	OFFSET(struct io_uring_params, cq_off.head, "ioUringParams.completionHead");
	OFFSET(struct io_uring_params, cq_off.tail, "ioUringParams.completionTail");
	OFFSET(struct io_uring_params, cq_off.cqes, "ioUringParams.completionArray");
	OFFSET(struct io_uring_params, cq_off.flags, "ioUringParams.completionFlags");
	OFFSET(struct io_uring_buf, addr, "providedBuffer.address");
	OFFSET(struct io_uring_buf, len, "providedBuffer.length");
	OFFSET(struct io_uring_buf, bid, "providedBuffer.number");
	OFFSET(struct io_uring_buf_ring, tail, "providedBuffer.ringTail");
	OFFSET(struct io_uring_buf_reg, ring_addr, "bufferRingRegistration.address");
	OFFSET(struct io_uring_buf_reg, ring_entries, "bufferRingRegistration.entries");
	OFFSET(struct io_uring_buf_reg, bgid, "bufferRingRegistration.group");
	WORD(struct io_uring_sqe, opcode, "submissionWords.operation");
	WORD(struct io_uring_sqe, fd, "submissionWords.file");
	WORD(struct io_uring_sqe, addr, "submissionWords.address");
	WORD(struct io_uring_sqe, len, "submissionWords.length");
	WORD(struct io_uring_sqe, msg_flags, "submissionWords.messageFlags");
	WORD(struct io_uring_sqe, user_data, "submissionWords.userData");
	WORD(struct io_uring_sqe, buf_group, "submissionWords.bufferGroup");
	WORD(struct io_uring_cqe, user_data, "completionWords.userData");
	WORD(struct io_uring_cqe, res, "completionWords.result");
	WORD(struct io_uring_cqe, flags, "completionWords.flags");
	SIZE(struct tpacket_req, "tpacketRequest.bytes");
	SIZE(struct io_uring_params, "ioUringParams.bytes");
	SIZE(struct io_uring_buf, "providedBuffer.bytes");
	SIZE(struct io_uring_buf_reg, "bufferRingRegistration.bytes");
	printf("submissionWords.words %zu\n", sizeof(struct io_uring_sqe) / 4);
	printf("completionWords.words %zu\n", sizeof(struct io_uring_cqe) / 4);
	printf("cmsghdr.data %zu\n", (size_t)CMSG_LEN(0));
	printf("cmsghdr.spaceOfOneInt %zu\n", (size_t)CMSG_SPACE(sizeof(int)));
	printf("tpacket2Header.transmitData %zu\n", TPACKET2_HDRLEN - sizeof(struct sockaddr_ll));

	VALUE(XDP_MMAP_OFFSETS);
	VALUE(XDP_RX_RING);
	VALUE(XDP_TX_RING);
	VALUE(XDP_UMEM_REG);
	VALUE(XDP_UMEM_FILL_RING);
	VALUE(XDP_UMEM_COMPLETION_RING);
	VALUE(XDP_STATISTICS);
	VALUE(XDP_SHARED_UMEM);
	VALUE(XDP_COPY);
	VALUE(XDP_ZEROCOPY);
	VALUE(SO_BUSY_POLL);
	VALUE(SO_INCOMING_NAPI_ID);
	VALUE(SO_PREFER_BUSY_POLL);
	VALUE(SO_BUSY_POLL_BUDGET);
	VALUE(XDP_USE_NEED_WAKEUP);
	VALUE(XDP_RING_NEED_WAKEUP);
	VALUE(XDP_PGOFF_RX_RING);
	VALUE(XDP_PGOFF_TX_RING);
	VALUE(XDP_UMEM_PGOFF_FILL_RING);
	VALUE(XDP_UMEM_PGOFF_COMPLETION_RING);
	OFFSET(struct sockaddr_xdp, sxdp_family, "sockaddrXdp.family");
	OFFSET(struct sockaddr_xdp, sxdp_flags, "sockaddrXdp.flags");
	OFFSET(struct sockaddr_xdp, sxdp_ifindex, "sockaddrXdp.interfaceIndex");
	OFFSET(struct sockaddr_xdp, sxdp_queue_id, "sockaddrXdp.queue");
	OFFSET(struct sockaddr_xdp, sxdp_shared_umem_fd, "sockaddrXdp.sharedFd");
	SIZE(struct sockaddr_xdp, "sockaddrXdp.bytes");
	OFFSET(struct xdp_umem_reg, addr, "umemRegistration.address");
	OFFSET(struct xdp_umem_reg, len, "umemRegistration.length");
	OFFSET(struct xdp_umem_reg, chunk_size, "umemRegistration.chunkBytes");
	OFFSET(struct xdp_umem_reg, headroom, "umemRegistration.headroom");
	SIZE(struct xdp_umem_reg, "umemRegistration.bytes");
	OFFSET(struct xdp_mmap_offsets, rx, "mmapOffsets.rx");
	OFFSET(struct xdp_mmap_offsets, tx, "mmapOffsets.tx");
	OFFSET(struct xdp_mmap_offsets, fr, "mmapOffsets.fill");
	OFFSET(struct xdp_mmap_offsets, cr, "mmapOffsets.completion");
	SIZE(struct xdp_mmap_offsets, "mmapOffsets.bytes");
	OFFSET(struct xdp_ring_offset, producer, "ringOffset.producer");
	OFFSET(struct xdp_ring_offset, consumer, "ringOffset.consumer");
	OFFSET(struct xdp_ring_offset, desc, "ringOffset.entries");
	OFFSET(struct xdp_ring_offset, flags, "ringOffset.flags");

	VALUE(BPF_MAP_CREATE);
	VALUE(BPF_MAP_LOOKUP_ELEM);
	VALUE(BPF_MAP_UPDATE_ELEM);
	VALUE(BPF_PROG_LOAD);
	VALUE(BPF_OBJ_PIN);
	VALUE(BPF_PROG_TEST_RUN);
	VALUE(BPF_LINK_CREATE);
	VALUE(BPF_MAP_TYPE_ARRAY);
	VALUE(BPF_MAP_TYPE_PERCPU_ARRAY);
	VALUE(BPF_MAP_TYPE_DEVMAP);
	VALUE(BPF_MAP_TYPE_XSKMAP);
	VALUE(BPF_F_MMAPABLE);
	VALUE(BPF_F_TEST_XDP_LIVE_FRAMES);
	VALUE(BPF_PROG_TYPE_SCHED_CLS);
	VALUE(BPF_PROG_TYPE_XDP);
	VALUE(BPF_XDP);
	VALUE(XDP_ABORTED);
	VALUE(XDP_DROP);
	VALUE(XDP_PASS);
	VALUE(TC_ACT_UNSPEC);
	VALUE(TC_ACT_SHOT);
	VALUE(XDP_FLAGS_SKB_MODE);
	VALUE(XDP_FLAGS_DRV_MODE);
	printf("helperMapLookup %d\n", BPF_FUNC_map_lookup_elem);
	printf("helperMonotonicTime %d\n", BPF_FUNC_ktime_get_ns);
	printf("helperRedirect %d\n", BPF_FUNC_redirect);
	printf("helperRedirectMap %d\n", BPF_FUNC_redirect_map);
	printf("helperSkbPullData %d\n", BPF_FUNC_skb_pull_data);
	OFFSET(struct __sk_buff, len, "skbLength");
	OFFSET(struct __sk_buff, protocol, "skbProtocol");
	OFFSET(struct __sk_buff, vlan_present, "skbVlanPresent");
	OFFSET(struct __sk_buff, data, "skbData");
	OFFSET(struct __sk_buff, data_end, "skbDataEnd");
	OFFSET(struct xdp_md, data, "xdpData");
	OFFSET(struct xdp_md, data_end, "xdpDataEnd");
	OFFSET(struct xdp_md, rx_queue_index, "xdpQueue");
	OFFSET(union bpf_attr, query.target_fd, "programQuery.target");
	OFFSET(union bpf_attr, query.attach_type, "programQuery.attachType");
	OFFSET(union bpf_attr, query.prog_ids, "programQuery.ids");
	OFFSET(union bpf_attr, query.prog_cnt, "programQuery.count");
	OFFSET(union bpf_attr, map_type, "mapCreate.type");
	OFFSET(union bpf_attr, key_size, "mapCreate.keySize");
	OFFSET(union bpf_attr, value_size, "mapCreate.valueSize");
	OFFSET(union bpf_attr, max_entries, "mapCreate.entries");
	OFFSET(union bpf_attr, map_flags, "mapCreate.flags");
	OFFSET(union bpf_attr, map_name, "mapCreate.name");
	OFFSET(union bpf_attr, map_fd, "mapElement.fd");
	OFFSET(union bpf_attr, key, "mapElement.key");
	OFFSET(union bpf_attr, value, "mapElement.value");
	OFFSET(union bpf_attr, flags, "mapElement.flags");
	OFFSET(union bpf_attr, prog_type, "programLoad.type");
	OFFSET(union bpf_attr, insn_cnt, "programLoad.count");
	OFFSET(union bpf_attr, insns, "programLoad.instructions");
	OFFSET(union bpf_attr, license, "programLoad.license");
	OFFSET(union bpf_attr, log_level, "programLoad.logLevel");
	OFFSET(union bpf_attr, log_size, "programLoad.logSize");
	OFFSET(union bpf_attr, log_buf, "programLoad.logBuffer");
	OFFSET(union bpf_attr, prog_name, "programLoad.name");
	OFFSET(union bpf_attr, expected_attach_type, "programLoad.expectedAttachType");
	OFFSET(union bpf_attr, test.prog_fd, "testRun.program");
	OFFSET(union bpf_attr, test.retval, "testRun.verdict");
	OFFSET(union bpf_attr, test.data_size_in, "testRun.inputBytes");
	OFFSET(union bpf_attr, test.data_size_out, "testRun.outputBytes");
	OFFSET(union bpf_attr, test.data_in, "testRun.input");
	OFFSET(union bpf_attr, test.data_out, "testRun.output");
	OFFSET(union bpf_attr, test.repeat, "testRun.repeat");
	OFFSET(union bpf_attr, test.flags, "testRun.flags");
	OFFSET(union bpf_attr, test.batch_size, "testRun.batch");
	OFFSET(union bpf_attr, pathname, "objectPin.path");
	OFFSET(union bpf_attr, bpf_fd, "objectPin.fd");
	OFFSET(union bpf_attr, link_create.prog_fd, "linkCreate.program");
	OFFSET(union bpf_attr, link_create.target_ifindex, "linkCreate.target");
	OFFSET(union bpf_attr, link_create.attach_type, "linkCreate.attachType");
	OFFSET(union bpf_attr, link_create.flags, "linkCreate.flags");

	VALUE(VFIO_GET_API_VERSION);
	VALUE(VFIO_SET_IOMMU);
	VALUE(VFIO_GROUP_GET_STATUS);
	VALUE(VFIO_GROUP_SET_CONTAINER);
	VALUE(VFIO_GROUP_GET_DEVICE_FD);
	VALUE(VFIO_DEVICE_GET_REGION_INFO);
	VALUE(VFIO_IOMMU_MAP_DMA);
	VALUE(VFIO_API_VERSION);
	VALUE(VFIO_TYPE1_IOMMU);
	VALUE(VFIO_GROUP_FLAGS_VIABLE);
	VALUE(VFIO_PCI_BAR0_REGION_INDEX);
	VALUE(VFIO_PCI_CONFIG_REGION_INDEX);
	printf("VFIO_DMA_MAP_READ_WRITE %d\n", VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE);
	OFFSET(struct vfio_group_status, flags, "groupStatus.flags");
	SIZE(struct vfio_group_status, "groupStatus.bytes");
	OFFSET(struct vfio_region_info, index, "regionInfo.index");
	OFFSET(struct vfio_region_info, size, "regionInfo.size");
	OFFSET(struct vfio_region_info, offset, "regionInfo.offset");
	SIZE(struct vfio_region_info, "regionInfo.bytes");
	OFFSET(struct vfio_iommu_type1_dma_map, flags, "dmaMap.flags");
	OFFSET(struct vfio_iommu_type1_dma_map, vaddr, "dmaMap.address");
	OFFSET(struct vfio_iommu_type1_dma_map, iova, "dmaMap.iova");
	OFFSET(struct vfio_iommu_type1_dma_map, size, "dmaMap.size");
	SIZE(struct vfio_iommu_type1_dma_map, "dmaMap.bytes");
	return 0;
}
