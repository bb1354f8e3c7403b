/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The importer itself, for the tiny guest, which has nothing installed.
 *
 * build: -IROOT/client -IROOT/daemon -Wno-missing-field-initializers
 * build: ROOT/client/import/cset.c ROOT/client/import/main.c ROOT/client/import/notes.c
 * build: ROOT/client/import/paths.c ROOT/client/import/paths-xml.c ROOT/client/import/profile.c
 * build: ROOT/client/import/rules.c ROOT/client/import/write.c -lexpat
 */
typedef int not_empty;
