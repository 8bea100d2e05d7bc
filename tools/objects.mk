# SPDX-License-Identifier: GPL-2.0 OR MIT
# Objects for the programs of a Makefile that includes this: in $(O)/obj, and with sanitizers in
# $(O)/asan. The compiler writes down the headers each was made from; new flags come with a new
# Makefile. Usage: $(call objects,FILE.c...) and $(call asan_objects,FILE.c...); sources are named
# relative to the Makefile, or found by its vpath.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

objects = $(patsubst %.c,$(O)/obj/%.o,$1)
asan_objects = $(patsubst %.c,$(O)/asan/%.o,$1)

$(O)/obj/%.o: %.c $(MAKEFILE_LIST)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MD -MP -c -o $@ $<

$(O)/asan/%.o: %.c $(MAKEFILE_LIST)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -MD -MP -c -o $@ $<

.SECONDARY:

-include $(shell find $(O)/obj $(O)/asan -name '*.d' 2>/dev/null)
