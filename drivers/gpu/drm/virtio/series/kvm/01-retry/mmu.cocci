// File: arch/x86/kvm/mmu/mmu.c
@stale_error@
symbol vcpu, fault;
position hook;
@@
+/* What was unmapped meanwhile may be back; if not, the next fault fails. */
+if (unlikely(fault->pfn == KVM_PFN_ERR_FAULT) &&
+    mmu_invalidate_retry_gfn_unsafe(vcpu->kvm, fault->mmu_seq, fault->gfn))
+	return RET_PF_RETRY;
+
 if@hook (unlikely(is_error_pfn(fault->pfn)))
 	return kvm_handle_error_pfn(vcpu, fault);
