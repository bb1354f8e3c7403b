/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report of a switch as text. What its members mean is in org.tacet1(5).
 */
#ifndef TACET_CLIENT_REPORT_H
#define TACET_CLIENT_REPORT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "table.h"

/* One line: "TacetPhone: HiFi: Speaker -> HiFi: Headphones, done in 2.40 ms". */
void report_headline(json_object *report, FILE *f, bool colour);

/* The report's own sentence on an indented line, if it has one. */
void report_message(json_object *report, FILE *f);

/* The report of one switch: headline, streams, times; its sentence is left to the caller. */
void report_print(json_object *report, FILE *f, bool colour);

/* Tables over several switches, with the id in front of each row. */
void report_print_all(json_object *reports, FILE *f, bool colour);

/* The colour of a result ("done", "busy" ...) or of a stream's outcome. */
enum style report_style(const char *result);

/* "mpv (1234)", "mpv", "1234" or "-"; in @buf. */
const char *report_process(json_object *stream, char *buf, size_t size);

#endif
