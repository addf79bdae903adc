#include "graph_test.h"

#include "graph/stamp.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: site}\nspec:\n"
#define CSV "name,url,fps\ndoor,rtsp://h/1,5\nyard,\"rtsp://h/2,b\",\n"

/* The files beside the graph: cameras.csv is the test's own. */
static int read_csv(void *data, const char *name, struct buf *out, struct err *err)
{
    if (strcmp(name, "cameras.csv") != 0)
        return err_set(err, "cannot read '%s': no such file or directory", name);
    buf_adds(out, data);
    return 0;
}

/* The stamped text, or the faults, one a line; the caller frees. */
static char *stamp(const char *text, const char *csv)
{
    struct source_text source;
    struct faults faults = {0};
    struct buf out;
    buf_init(&out, 1u << 20);
    source_init(&source, "site.yaml", text, strlen(text));
    if (graph_stamp(&source, read_csv, (void *)(uintptr_t)csv, &faults) == 0) {
        buf_add(&out, source.text.data, source.text.len);
    } else {
        ck_assert_uint_gt(faults.count, 0);
        ck_assert_str_eq(source.text.data, text);
    }
    for (size_t i = 0; i < faults.count; i++) {
        fault_format(&faults.items[i], &out);
        buf_addc(&out, '\n');
    }
    source_release(&source);
    faults_release(&faults);
    return buf_take(&out);
}

/* Templates and what becomes of them; whatever style they are in, nothing else is touched. */
static const struct {
    const char *text, *csv, *out;
} rows[] = {
    {HEAD "  things:\n    # one each\n    - foreach: cameras.csv # here\n      name: \"camera-${row.name}\" # its name\n"
          "      type: ip-camera\n      params:\n        source: \"${row.url}\"\n        fps: ${row.fps}\n    # end\n"
          "  links: []\n",
     CSV,
     HEAD "  things:\n    # one each\n    - name: \"camera-door\" # its name\n      type: ip-camera\n      params:\n"
          "        source: \"rtsp://h/1\"\n        fps: 5\n    - name: \"camera-yard\" # its name\n      type: ip-camera\n"
          "      params:\n        source: \"rtsp://h/2,b\"\n    # end\n  links: []\n"},
    {HEAD "  things:\n    - {foreach: cameras.csv, name: \"camera-${row.name}\", type: ip-camera, params: {fps: "
          "\"${row.fps}\"}} # all\n    - {name: wall, type: monitor}\n  links:\n    - {from: \"camera-${row.name}.video\", "
          "to: wall.video, foreach: cameras.csv}\nview:\n  camera-door: [0, 0]",
     CSV,
     HEAD "  things:\n    - {name: \"camera-door\", type: ip-camera, params: {fps: \"5\"}} # all\n    - {name: "
          "\"camera-yard\", type: ip-camera, params: {}} # all\n    - {name: wall, type: monitor}\n  links:\n    - {from: "
          "\"camera-door.video\", to: wall.video}\n    - {from: \"camera-yard.video\", to: wall.video}\nview:\n  "
          "camera-door: [0, 0]"},
    {"{kind: ServiceGraph, apiVersion: patchbay.dev/v1, metadata: {name: g}, spec: {things: [{foreach: cameras.csv, name: "
     "'c-${row.name}', type: ip-camera}]}}",
     CSV,
     "{kind: ServiceGraph, apiVersion: patchbay.dev/v1, metadata: {name: g}, spec: {things: [{name: c-door, type: "
     "ip-camera}, {name: c-yard, type: ip-camera}]}}"},
    /* The last line has no end; a cell that YAML must quote; "$${" is no mark; a number between quotes stays a text. */
    {HEAD "  things:\n    - name: ${row.name}\n      foreach: cameras.csv\n      type: ip-camera\n      params: {source: "
          "\"$${row.url} ${row.url}\"}\n      nodeSelector: {rack: '${row.rack}'}",
     "name,url,rack\na,\"x: #y\",7\n\nb,\"q\"\"\",8\n",
     HEAD "  things:\n    - name: a\n      type: ip-camera\n      params: {source: \"${row.url} x: #y\"}\n      "
          "nodeSelector: {rack: \"7\"}\n    - name: b\n      type: ip-camera\n      params: {source: \"${row.url} q\\\"\"}\n"
          "      nodeSelector: {rack: \"8\"}"},
    {HEAD "  things:\r\n    - foreach: cameras.csv\r\n      name: ${row.name}\r\n      type: ip-camera", "name\r\na\r\nb\r\n",
     HEAD "  things:\r\n    - name: a\r\n      type: ip-camera\n    - name: b\r\n      type: ip-camera"},
    /* Odd ways to write an item. */
    {HEAD "  things:\n  - name: a${row.name}\n    params:\n      source: |+\n        x ${row.name}\n\n    foreach: cameras.csv\n"
          "    # inside\n    type: ip-camera\n    env:\n      NOTE: >-\n        ${row.name}\n        b\n\n\n  # after\n"
          "  - {name: z, type: monitor}\n",
     "name\np\nq\n",
     HEAD "  things:\n  - name: ap\n    params:\n      source: \"x p\\n\\n\"\n\n    # inside\n    type: ip-camera\n    env:\n"
          "      NOTE: p b\n  - name: aq\n    params:\n      source: \"x q\\n\\n\"\n\n    # inside\n    type: ip-camera\n    env:\n"
          "      NOTE: q b\n\n\n  # after\n  - {name: z, type: monitor}\n"},
    {HEAD "  things: [ # one\n    {name: \"a-${row.name}\", # two\n     type: ip-camera,\n     foreach: cameras.csv}, # three\n"
          "    {name: z, type: monitor}\n  ]\n",
     "name\np\nq\n",
     HEAD "  things: [ # one\n    {name: \"a-p\", # two\n     type: ip-camera\n     }, {name: \"a-q\", # two\n     type: "
          "ip-camera\n     }, # three\n"
          "    {name: z, type: monitor}\n  ]\n"},
    /* Nothing to do, and what is no graph at all. */
    {HEAD "  things: []\n# foreach\n", "", HEAD "  things: []\n# foreach\n"},
    {"foreach: [", "", "foreach: ["},
    {"foreach", "", "foreach"},
    /* Faults. */
    {HEAD "  things:\n    - {foreach: other.csv, name: x}\n    - {foreach: other.csv, name: y}\n", "",
     "site.yaml:6:17: cannot read 'other.csv': no such file or directory\n"},
    {HEAD "  things:\n    - {foreach: cameras.csv, name: \"c-${row.nmae}\", type: \"${row.name\", \"${row.url}\": x}\n", CSV,
     "site.yaml:6:36: cameras.csv has no column 'nmae'; did you mean 'name'?\n"
     "site.yaml:6:59: this '${row.' has no '}' behind it\n"
     "site.yaml:6:73: a key cannot be filled in from a row, only a value\n"},
    {HEAD "  things:\n    - {foreach: cameras.csv, name: x}\n", "name\na\n\"b", "site.yaml:6:17: cameras.csv: row 3 has a quote "
     "that does not end its cell: a quote inside a quoted cell is written twice\n"},
    {HEAD "  things:\n    - {foreach: cameras.csv, name: x}\n", "name\n",
     "site.yaml:6:17: cameras.csv: there is no row below the columns' names\n"},
    {HEAD "  things:\n    - {foreach: cameras.csv, name: \"c-${row.name}\"}\n", "name\na\nb\na\n",
     "site.yaml:6:36: rows 2 and 4 of cameras.csv both make the name 'c-a'\n"},
    {HEAD "  things:\n    - {name: a}\n  links:\n    - {from: \"${row.name}.video\", to: a.b}\n", CSV,
     "site.yaml:8:14: there is no row to fill this in from: the item has no 'foreach'\n"},
    {HEAD "  things:\n    - {foreach: [a], name: a}\n", CSV, "site.yaml:6:17: foreach must be a single value, not a list\n"},
};

START_TEST(test_stamps)
{
    char *out = stamp(rows[_i].text, rows[_i].csv);
    ck_assert_msg(strcmp(out, rows[_i].out) == 0, "%s\nbecomes:\n%s\nnot:\n%s", rows[_i].text, out, rows[_i].out);
    free(out);
}
END_TEST

/* Faults of what was stamped are told at the template, with the row; all others where they were. */
START_TEST(test_places)
{
    const char *text = HEAD "  things:\n    - {foreach: cameras.csv, name: \"é-${row.name}\", type: ip-camera}\n"
                            "    - foreach: cameras.csv\n      name: c-${row.name}\n      type: ip-camera\n"
                            "      params:\n        fps: ${row.fps}\n        fsp: 1\n    - {name: a, type: monitr}\n";
    struct source_text source;
    struct faults faults = {0};
    source_init(&source, "site.yaml", text, strlen(text));
    ck_assert_int_eq(graph_stamp(&source, read_csv, (void *)(uintptr_t) "name,fps\na,5\nb,99\n", &faults), 0);
    ck_assert(source.stamped);
    graph_free(graph_parse(source.text.data, source.text.len, "site.yaml", test_catalogue(), &faults));
    source_faults(&source, &faults);
    struct buf out;
    buf_init(&out, 1u << 16);
    for (size_t i = 0; i < faults.count; i++) {
        fault_format(&faults.items[i], &out);
        buf_addc(&out, '\n');
    }
#define NO_NAME "is no legal name for a thing: it becomes a host name, so lower case letters, digits and hyphens, a letter first, at most 40 characters; "
    ck_assert_str_eq(out.data,
                     "site.yaml:6:36: 'é-a' " NO_NAME "'a' would do (row 2 of cameras.csv)\n"
                     "site.yaml:6:36: 'é-b' " NO_NAME "'b' would do (row 3 of cameras.csv)\n"
                     "site.yaml:11:14: fps: '99' is not a number from 1 to 60 frames/s (row 3 of cameras.csv)\n"
                     "site.yaml:12:9: the type ip-camera has no parameter 'fsp'; did you mean 'fps'? (row 2 of cameras.csv)\n"
                     "site.yaml:12:9: the type ip-camera has no parameter 'fsp'; did you mean 'fps'? (row 3 of cameras.csv)\n"
                     "site.yaml:13:14: 'a' and 'é-a' (line 6) become one name, 'a'\n"
                     "site.yaml:13:23: the catalogue has no type 'monitr'; did you mean 'monitor'?\n");
    buf_release(&out);
    faults_release(&faults);
    source_release(&source);
}
END_TEST

/* Where nobody reads files the key says why it means nothing. */
START_TEST(test_leftover)
{
    const char *text = HEAD "  things:\n    - {foreach: a.csv, name: a, type: ip-camera}\n    - {foreach: a.csv, name: b, "
                            "external: {video: \"rtsp://h/x\"}}\n  links: [{foreach: a.csv, from: a.video, to: a.video}]\n";
    char *faults = test_faults(text, strlen(text), test_catalogue());
#define LEFT "'foreach' repeats this for each row of a CSV file when a graph is read from its own file; here it means nothing\n"
    ck_assert_msg(str_starts(faults, "6:8: " LEFT "7:8: " LEFT "8:12: " LEFT), "%s", faults);
    free(faults);
}
END_TEST

/* Many rows stay within what a document may hold, and too many say so. */
START_TEST(test_too_large)
{
    struct buf csv;
    buf_init(&csv, 1u << 24);
    buf_adds(&csv, "name,url\n");
    for (int i = 0; i < 5000; i++) {
        buf_addf(&csv, "n%d,", i);
        buf_pad(&csv, 'x', 1000);
        buf_addc(&csv, '\n');
    }
    const char *text = HEAD "  things:\n    - {foreach: cameras.csv, name: \"${row.name}\", params: {source: \"${row.url}${row.url}\"}}\n";
    char *out = stamp(text, csv.data);
    ck_assert_str_eq(out, "site.yaml: with its rows filled in the graph has more than 8 MiB\n");
    free(out);
    buf_release(&csv);
}
END_TEST

TCase *case_stamp(void)
{
    TCase *tc = tcase_create("stamp");
    tcase_add_loop_test(tc, test_stamps, 0, (int)ARRAY_SIZE(rows));
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_leftover);
    tcase_add_test(tc, test_too_large);
    return tc;
}
