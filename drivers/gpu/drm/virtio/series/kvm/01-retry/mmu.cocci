// File: arch/x86/kvm/mmu/mmu.c
@stale_error@
symbol vcpu, fault;
position hook;
@@
-if@hook (unlikely(is_error_pfn(fault->pfn)))
-	return kvm_handle_error_pfn(vcpu, fault);
+if (unlikely(is_error_pfn(fault->pfn))) {
+	/* What was unmapped meanwhile may be back by now, or fails again. */
+	if (mmu_invalidate_retry_gfn_unsafe(vcpu->kvm, fault->mmu_seq, fault->gfn))
+		return RET_PF_RETRY;
+	return kvm_handle_error_pfn(vcpu, fault);
+}
