/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text in XML: whatever a process or a file calls itself must not end the document.
 */
#include "svg.h"

/* The next code point and its length; what is not UTF-8 becomes U+FFFD, a byte at a time. */
static unsigned int decode(const unsigned char *p, unsigned int *ret_length)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int n = p[0] < 0x80		 ? 1
			 : (p[0] & 0xe0) == 0xc0 ? 2
			 : (p[0] & 0xf0) == 0xe0 ? 3
			 : (p[0] & 0xf8) == 0xf0 ? 4
						 : 0;
	unsigned int c, i;

	*ret_length = 1;
	if (n == 0)
		return 0xfffd;
	c = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff)
		return 0xfffd;
	*ret_length = n;
	return c;
}

/* What XML 1.0 calls a Char, less the controls that it only tolerates. */
static bool is_char(unsigned int c)
{
	return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0xd800) ||
	       (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c <= 0x10ffff);
}

void svg_text(FILE *f, const char *text, unsigned int max)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int written, n;

	for (written = 0; *p; p += n, written++) {
		unsigned int c = decode(p, &n);

		if (max && written == max) {
			fputs("…", f);
			return;
		}
		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else if (c == '\'')
			fputs("&#39;", f);
		else if (c == 0xfffd || !is_char(c))
			fputs("\xef\xbf\xbd", f);
		else
			fwrite(p, 1, n, f);
	}
}
