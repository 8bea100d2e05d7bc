// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

bool number_eat(const char **s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*s, word, len))
		return false;
	*s += len;
	return true;
}

/* Digits only: strtoull() would take signs, spaces and a second "0x". */
bool number(const char **s, int base, uint64_t *n)
{
	char *end;

	if (!(base == 16 ? isxdigit((unsigned char)**s) : isdigit((unsigned char)**s)))
		return false;
	if (base == 16 && (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X'))
		return false;
	errno = 0;
	*n = strtoull(*s, &end, base);
	*s = end;
	return !errno;
}
