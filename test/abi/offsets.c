/* Prints what the abi.ts files of packages/ say, as the system's headers have it: "name value" lines. */
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/pkt_cls.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

#define VALUE(name) printf(#name " %lld\n", (long long)(name))
#define OFFSET(type, member, label) printf(label " %zu\n", offsetof(type, member))
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
	VALUE(ETH_P_ALL);
	VALUE(PACKET_QDISC_BYPASS);
	VALUE(PACKET_IGNORE_OUTGOING);
	VALUE(SO_ATTACH_FILTER);
	VALUE(SKF_AD_OFF);
	VALUE(SKF_AD_VLAN_TAG_PRESENT);

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
	VALUE(BPF_LINK_CREATE);
	VALUE(BPF_MAP_TYPE_ARRAY);
	VALUE(BPF_MAP_TYPE_PERCPU_ARRAY);
	VALUE(BPF_MAP_TYPE_DEVMAP);
	VALUE(BPF_MAP_TYPE_XSKMAP);
	VALUE(BPF_F_MMAPABLE);
	VALUE(BPF_PROG_TYPE_SCHED_CLS);
	VALUE(BPF_PROG_TYPE_XDP);
	VALUE(BPF_XDP);
	VALUE(XDP_ABORTED);
	VALUE(XDP_DROP);
	VALUE(XDP_PASS);
	VALUE(XDP_TX);
	VALUE(XDP_REDIRECT);
	VALUE(TC_ACT_SHOT);
	VALUE(XDP_FLAGS_SKB_MODE);
	VALUE(XDP_FLAGS_DRV_MODE);
	printf("helperMapLookup %d\n", BPF_FUNC_map_lookup_elem);
	printf("helperRedirect %d\n", BPF_FUNC_redirect);
	printf("helperRedirectMap %d\n", BPF_FUNC_redirect_map);
	printf("helperSkbPullData %d\n", BPF_FUNC_skb_pull_data);
	OFFSET(struct __sk_buff, len, "skbLength");
	OFFSET(struct __sk_buff, vlan_present, "skbVlanPresent");
	OFFSET(struct __sk_buff, data, "skbData");
	OFFSET(struct __sk_buff, data_end, "skbDataEnd");
	OFFSET(struct xdp_md, data, "xdpData");
	OFFSET(struct xdp_md, data_end, "xdpDataEnd");
	OFFSET(struct xdp_md, rx_queue_index, "xdpQueue");
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
	OFFSET(union bpf_attr, pathname, "objectPin.path");
	OFFSET(union bpf_attr, bpf_fd, "objectPin.fd");
	OFFSET(union bpf_attr, link_create.prog_fd, "linkCreate.program");
	OFFSET(union bpf_attr, link_create.target_ifindex, "linkCreate.target");
	OFFSET(union bpf_attr, link_create.attach_type, "linkCreate.attachType");
	OFFSET(union bpf_attr, link_create.flags, "linkCreate.flags");

	VALUE(VFIO_GET_API_VERSION);
	VALUE(VFIO_CHECK_EXTENSION);
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
