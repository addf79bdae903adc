#include "app/timings.h"

#include <langinfo.h>
#include <math.h>

#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "ops/timing.h"

static const struct {
    const char *bar, *plain; /* told apart without colours; in ASCII */
} looks[PHASE_COUNT] = {
    [PHASE_SCHEDULED] = {"·", "."}, [PHASE_SANDBOX] = {"░", "b"}, [PHASE_PULLED] = {"█", "#"},
    [PHASE_STARTED] = {"▓", "s"},   [PHASE_READY] = {"▒", "r"},   [PHASE_FIRST_RESULT] = {"»", "f"},
};

#define BAR_CELLS 60

/* "1.3s"; an image that was there already was not pulled, and what gives no results has no first one. */
static const char *span_text(char out[TIME_TEXT], const cJSON *entry, const char *key)
{
    int64_t span = json_seconds(entry, key);
    if (span < 0)
        return str_eq(key, "firstResult") && json_bool(entry, "endsReady", false) ? "-" : "?";
    return span == 0 && str_eq(key, "pull") ? "present" : time_span(out, span);
}

static void cell(struct table *table, const cJSON *entry, const char *key)
{
    char text[TIME_TEXT];
    table_cell(table, "%s", span_text(text, entry, key));
}

static void print_pods(const cJSON *list, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {
        {"THING"}, {"NODE"}, {"TOTAL", .number = true}, {"SCHEDULED", .number = true}, {"SANDBOX", .number = true},
        {"PULL", .number = true}, {"START", .number = true}, {"READY", .number = true}, {"FIRST RESULT", .number = true},
        {"POD", .wide = true}, {"IMAGE", .wide = true}, {"KIND OF NODE", .wide = true}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "pod");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) {
        table_row(table, json_str_or(entry, "pod", "?"));
        table_cell(table, "%s", json_str_or(entry, "thing", "?"));
        table_cell(table, "%s", json_str_or(entry, "node", ""));
        cell(table, entry, "total");
        for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
            cell(table, entry, phase_keys[i]);
        table_cell(table, "%s", json_str_or(entry, "pod", "?"));
        table_cell(table, "%s", json_str_or(entry, "image", ""));
        table_cell(table, "%s", json_str_or(entry, "nodeKind", ""));
    }
    table_print(table, format, true, out);
    table_free(table);
}

/* A phase a line; what is not known has no line. What the history keeps has no sources. */
static void print_phases(const cJSON *list, struct buf *out)
{
    static const struct table_column columns[] = {{"THING"}, {"POD"}, {"NODE"}, {"KIND OF NODE"}, {"IMAGE"}, {"PHASE"}, {"AT"},
                                                  {"SECONDS", .number = true}, {"PLUS MINUS", .number = true}, {"SOURCE"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "pod");
    const cJSON *entry, *phase;
    cJSON_ArrayForEach(entry, list) {
        const cJSON *phases = json_array(entry, "phases");
        cJSON *kept = phases ? NULL : cJSON_CreateArray();
        for (int i = PHASE_SCHEDULED; kept && i < PHASE_COUNT; i++) {
            if (json_num(entry, phase_keys[i], -1) < 0)
                continue;
            cJSON *item = cJSON_CreateObject();
            json_set_str(item, "phase", phase_names[i]);
            json_put(item, "seconds", cJSON_CreateNumber(json_num(entry, phase_keys[i], -1)));
            cJSON_AddItemToArray(kept, item);
        }
        const cJSON *shown = kept ? kept : phases;
        cJSON_ArrayForEach(phase, shown) {
            table_row(table, json_str_or(entry, "pod", "?"));
            table_cell(table, "%s", json_str_or(entry, "thing", ""));
            table_cell(table, "%s", json_str_or(entry, "pod", ""));
            table_cell(table, "%s", json_str_or(entry, "node", ""));
            table_cell(table, "%s", json_str_or(entry, "nodeKind", ""));
            table_cell(table, "%s", json_str_or(entry, "image", ""));
            table_cell(table, "%s", json_str_or(phase, "phase", ""));
            table_cell(table, "%s", json_str_or(phase, "at", ""));
            table_number(table, json_num(phase, "seconds", NAN), " ");
            table_number(table, json_num(phase, "plusMinus", NAN), " ");
            table_cell(table, "%s", json_str_or(phase, "source", ""));
        }
        cJSON_Delete(kept);
    }
    table_print(table, TABLE_CSV, true, out);
    table_free(table);
}

/* The waterfall. */

static int64_t created_of(const cJSON *entry)
{
    return time_parse(json_str_or(entry, "created", ""));
}

struct bars {
    int64_t origin, length; /* ns since 1970, ns */
    int label;              /* its width */
    bool plain;
};

static int64_t told_of(const cJSON *entry)
{
    int64_t sum = 0;
    for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
        sum += MAX(json_seconds(entry, phase_keys[i]), 0);
    return sum;
}

static int cell_at(const struct bars *bars, int64_t at)
{
    return (int)(MIN(MAX((double)at / (double)bars->length, 0), 1) * BAR_CELLS + 0.5);
}

static void print_axis(const struct bars *bars, struct buf *out)
{
    buf_pad(out, ' ', (size_t)bars->label + 2);
    for (int64_t at = 0, step = time_step(bars->length, BAR_CELLS / 10.0), x = 0; at <= bars->length; at += step) {
        char text[TIME_TEXT];
        int to = cell_at(bars, at);
        if (to + (int)strlen(time_age(text, at)) >= BAR_CELLS + 4)
            break;
        buf_pad(out, ' ', (size_t)(to - x));
        buf_addf(out, "%s%s", bars->plain ? "|" : "│", text);
        x = to + 1 + (int64_t)strlen(text);
    }
    buf_addc(out, '\n');
}

static void print_bar(const struct bars *bars, const cJSON *entry, struct buf *out)
{
    const char *name = SHOWN(json_str_or(entry, "thing", "?"));
    int64_t at = created_of(entry) ? created_of(entry) - bars->origin : 0;
    int x = cell_at(bars, at);
    buf_addf(out, "%s", name);
    buf_pad(out, ' ', (size_t)(bars->label - text_width(name) + 2 + x));
    int64_t untold = json_seconds(entry, "total") - told_of(entry);
    for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++) {
        int64_t span = json_seconds(entry, phase_keys[i]);
        bool known = span >= 0;
        at += known ? span : MAX(untold, 0); /* where one is missing, all that is not told of */
        untold = known ? untold : 0;
        for (int to = cell_at(bars, at); x < to; x++)
            buf_adds(out, !known ? "?" : bars->plain ? looks[i].plain : looks[i].bar);
    }
    char text[TIME_TEXT];
    buf_addf(out, " %s\n", span_text(text, entry, "total"));
}

static void print_bars(const cJSON *list, struct buf *out)
{
    struct bars bars = {.plain = !str_eq(nl_langinfo(CODESET), "UTF-8")};
    int64_t end = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) {
        int64_t created = created_of(entry);
        if (created && (!bars.origin || created < bars.origin))
            bars.origin = created;
        bars.label = MAX(bars.label, text_width(SHOWN(json_str_or(entry, "thing", "?"))));
    }
    cJSON_ArrayForEach(entry, list)
        end = MAX(end, (created_of(entry) ? created_of(entry) - bars.origin : 0) + MAX(told_of(entry), json_seconds(entry, "total")));
    if (end <= 0 || !bars.origin)
        return;
    bars.length = end;
    buf_addc(out, '\n');
    print_axis(&bars, out);
    cJSON_ArrayForEach(entry, list)
        print_bar(&bars, entry, out);
    buf_pad(out, ' ', (size_t)bars.label + 2);
    for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
        buf_addf(out, "%s%s %s", i > PHASE_SCHEDULED ? "  " : "", bars.plain ? looks[i].plain : looks[i].bar, phase_names[i]);
    buf_addc(out, '\n');
}

/* "up after 52.3s: applied 0.12s, then object-detect: pull 49.2s, ready 1.2s, then monitoring: first result 0.31s" */
static void print_path(const cJSON *timings, struct buf *out)
{
    char text[TIME_TEXT];
    const cJSON *step;
    const char *last = NULL;
    int64_t not_up = json_int(timings, "notUp", 0);
    if (not_up > 0)
        buf_addf(out, "\nnot up yet: %" PRId64 " of %d pods\n", not_up, cJSON_GetArraySize(json_array(timings, "timing")));
    if (json_seconds(timings, "up") < 0)
        return;
    buf_addf(out, "\nup after %s", time_span(text, json_seconds(timings, "up")));
    cJSON_ArrayForEach(step, json_array(timings, "path")) {
        const char *pod = json_str_or(step, "pod", "?"), *phase = json_str_or(step, "phase", "?");
        bool applied = str_eq(phase, phase_names[PHASE_CREATED]);
        buf_adds(out, step == json_array(timings, "path")->child ? ": " : ", ");
        if (!applied && !str_eq(pod, last)) {
            buf_addf(out, "%s%s: ", last ? "then " : "", SHOWN(json_str_or(step, "thing", "?")));
            last = pod;
        }
        buf_addf(out, "%s %s", applied ? "applied" : SHOWN(phase), time_span(text, json_seconds(step, "seconds")));
    }
    buf_addc(out, '\n');
}

static void print_doubt(const cJSON *list, struct buf *out)
{
    size_t count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
        count += json_bool(entry, "clocksDisagree", false);
    if (count)
        buf_addf(out, "\nthe clocks that times of %zu pod%s are of disagree: what lies between two of them is '?'\n", count,
                 count == 1 ? "" : "s");
}

void timings_print(const cJSON *timings, enum table_format format, struct buf *out)
{
    const cJSON *list = json_array(timings, "timing");
    switch (format) {
    case TABLE_JSON:
        json_print(out, timings);
        buf_addc(out, '\n');
        break;
    case TABLE_YAML: yaml_emit(out, timings); break;
    case TABLE_CSV: print_phases(list, out); break;
    case TABLE_NAME: print_pods(list, format, out); break;
    case TABLE_TABLE:
    case TABLE_WIDE:
        print_pods(list, format, out);
        print_bars(list, out);
        print_path(timings, out);
        print_doubt(list, out);
        break;
    }
}

/* Comparing. */

static const cJSON *slowest(const cJSON *timings, const char *thing)
{
    const cJSON *entry, *found = NULL;
    cJSON_ArrayForEach(entry, json_array(timings, "timing"))
        if (str_eq(json_str(entry, "thing"), thing) && (!found || json_num(entry, "total", -1) > json_num(found, "total", -1)))
            found = entry;
    return found;
}

/* "12.3s -11.9s": now, and how much more or less than then; "=" where that is under 10 ms. */
static void compare_cell(struct table *table, const cJSON *before, const cJSON *after, const char *key)
{
    char now[TIME_TEXT], by[TIME_TEXT];
    int64_t then = json_seconds(before, key), is = json_seconds(after, key), more = is - then, size = more < 0 ? -more : more;
    const char *text = span_text(now, after, key);
    if (is < 0 || then < 0)
        table_cell(table, "%s", text);
    else if (size < 10 * NSEC_PER_MSEC)
        table_cell(table, "%s =", text);
    else
        table_cell(table, "%s %s%s", text, more < 0 ? "-" : "+", time_span(by, size));
}

static double seconds_of(const cJSON *entry, const char *key)
{
    int64_t span = json_seconds(entry, key);
    return span < 0 ? NAN : (double)span / 1e9;
}

static void add_phases(struct table *table, const cJSON *was, const cJSON *is)
{
    const char *thing = json_str_or(is ? is : was, "thing", "?");
    for (int i = PHASE_SCHEDULED; i <= PHASE_COUNT; i++) {
        const char *key = i < PHASE_COUNT ? phase_keys[i] : "total";
        double then = seconds_of(was, key), now = seconds_of(is, key);
        if (isnan(then) && isnan(now))
            continue;
        table_row(table, thing);
        table_cell(table, "%s", thing);
        table_cell(table, "%s", json_str_or(was, "node", ""));
        table_cell(table, "%s", json_str_or(is, "node", ""));
        table_cell(table, "%s", i < PHASE_COUNT ? phase_names[i] : key);
        table_number(table, then, " ");
        table_number(table, now, " ");
    }
}

/* For machines: a phase of a thing a line, what is in one of the two alone as well. */
static void compare_phases(const cJSON *before, const cJSON *after, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {{"THING"}, {"NODE BEFORE"}, {"NODE"}, {"PHASE"}, {"BEFORE", .number = true},
                                                  {"SECONDS", .number = true}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "thing");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json_array(after, "timing"))
        if (slowest(after, json_str_or(entry, "thing", "?")) == entry)
            add_phases(table, slowest(before, json_str_or(entry, "thing", "?")), entry);
    cJSON_ArrayForEach(entry, json_array(before, "timing"))
        if (slowest(before, json_str_or(entry, "thing", "?")) == entry && !slowest(after, json_str_or(entry, "thing", "?")))
            add_phases(table, entry, NULL);
    table_print(table, format, true, out);
    table_free(table);
}

void timings_compare(const cJSON *before, const cJSON *after, enum table_format format, struct buf *out)
{
    if (format == TABLE_JSON || format == TABLE_YAML || format == TABLE_CSV) {
        compare_phases(before, after, format, out);
        return;
    }
    static const struct table_column columns[] = {
        {"THING"}, {"NODE"}, {"TOTAL", .number = true}, {"SCHEDULED", .number = true}, {"SANDBOX", .number = true},
        {"PULL", .number = true}, {"START", .number = true}, {"READY", .number = true}, {"FIRST RESULT", .number = true}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "thing");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json_array(after, "timing")) {
        const char *thing = json_str_or(entry, "thing", "?");
        if (slowest(after, thing) != entry)
            continue;
        const cJSON *was = slowest(before, thing);
        const char *node = json_str_or(entry, "node", "?"), *old_node = json_str_or(was, "node", node);
        table_row(table, thing);
        table_cell(table, "%s", thing);
        table_cell(table, str_eq(node, old_node) ? "%s" : "%s, was %s", node, old_node);
        compare_cell(table, was, entry, "total");
        for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
            compare_cell(table, was, entry, phase_keys[i]);
    }
    table_print(table, format, true, out);
    table_free(table);
    char now[TIME_TEXT], then[TIME_TEXT];
    if ((format == TABLE_TABLE || format == TABLE_WIDE) && json_seconds(before, "up") >= 0 && json_seconds(after, "up") >= 0)
        buf_addf(out, "\nup after %s, before it was %s\n", time_span(now, json_seconds(after, "up")),
                 time_span(then, json_seconds(before, "up")));
}
