/* Every view on a running graph, and the ways between them. */
#include "tests/e2e/rig.h"

#include "base/text.h"

/* The phases of the selected pod, below the waterfall: each is known. One that took no time was measured to the
 * millisecond, or says that it is uncertain ("~0.00s"). */
static bool phases_are_known(void *data)
{
    static const char *const phases[] = {"created", "scheduled", "sandbox", "pull", "start", "ready", "first result"};
    char *head = xasprintf(" %s-*  on gpu-?", (const char *)data);
    bool known = rig_lines(head) == 1;
    free(head);
    for (size_t i = 0; i < ARRAY_SIZE(phases) && known; i++) {
        /* "░ scheduled  ~0.69s  11:27:59.696  ±1ms  event", or "8ms"; the first has no length */
        char *row = xasprintf(" ? %s *%s  *[0-9][0-9]:[0-9][0-9]:[0-9][0-9]* ±*s *", phases[i], i ? "[0-9]*s" : "");
        char *nothing = xasprintf(" ? %s * 0.00s *±1s *", phases[i]);
        known = rig_lines(row) == 1 && rig_lines(nothing) == 0;
        free(row);
        free(nothing);
    }
    return known;
}

static void see_deployments(void)
{
    rig_type("2");
    rig_expect_lines(1, " patchbay  edge · * Deployments 3 *live");
    rig_expect_lines(1, " lobby  3/3 ready   [0-9]*s to ready   [0-9]*s to every first result");
    rig_expect_lines(1, " ● camera *1/1 *s *");
    rig_expect_that(phases_are_known, "camera", "each phase of the camera's start is known");
    rig_type("j");
    rig_expect_that(phases_are_known, "monitoring", "each phase of the monitor's start is known");
    rig_type("j");
    rig_expect_that(phases_are_known, "object-detect", "each phase of the detector's start is known");
    ck_assert_uint_eq(rig_lines(" * sandbox *?  unknown"), 0);
}

static void see_the_graphs_log(void)
{
    rig_type("7"); /* none was asked for yet */
    rig_expect_lines(1, " patchbay * Logs lobby 3/3 logs *");
    rig_expect_text(" object-detect utc=20"); /* a line says whose it is */
}

static void see_nodes(void)
{
    rig_type("3");
    rig_expect_lines(1, " patchbay  edge · * Nodes 4 *GPU 3/4 free (simulated)   live");
    rig_expect_lines(4, " gpu-[1-4]  ● Ready *Simulated-GPU (sim* *");
    rig_expect_lines(1, " gpu-[1-4] * 1     1     0  object-detect *");
    rig_expect_lines(3, " gpu-[1-4] * 1     0     1 *");
    rig_expect_lines(1, " GPUs 4 cap, 4 alloc, 1 used, 3 free (simulated) · CPU *% requested · memory *%");
}

static size_t log_lines; /* as the header counts them */

static bool log_grows(void *data UNUSED)
{
    const char *slash = strrchr(rig_after(" Logs object-detect-"), '/');
    size_t count = slash ? strtoul(slash + 1, NULL, 10) : 0;
    bool grew = log_lines && count > log_lines;
    if (!log_lines)
        log_lines = count;
    return grew;
}

static void see_pods(void)
{
    rig_type("4");
    rig_expect_lines(1, " patchbay  edge · all  Pods 3 *live");
    rig_expect_lines(3, " media * 1/1 *● Running *0 * gpu-?*");
    rig_type("G<Enter>");
    rig_expect_lines(1, " patchbay  edge · all  Logs object-detect-*");
    rig_expect_lines(1, " following from the last 1000 lines on *");
    rig_expect_text(" utc=20");
    rig_expect_that(log_grows, NULL, "the log goes on");
    rig_type("<Esc>");
    rig_expect_text("Pods 3");
    rig_type("y");
    rig_expect_lines(1, " patchbay  edge · all *Text Pod object-detect-*  1-21/* live");
    rig_expect_lines(1, " kind: Pod");
    rig_expect_lines(1, "     patchbay.dev/thing: object-detect");
    rig_type("/nvidia<Enter>");
    rig_expect_text("nvidia.com/gpu: '1'");
    rig_type("<Esc><Esc>");
    rig_expect_text("Pods 3");

    rig_type("/camera<Enter>");
    rig_expect_lines(1, " patchbay  edge · all  Pods 1/3 /camera *");
    rig_expect_lines(1, " media *Running*");
    rig_type("/<C-u><Enter>");
    rig_expect_lines(1, " patchbay  edge · all  Pods 3 *");
    rig_expect_lines(3, " media *Running*");

    rig_type(":ns media<Enter>");
    rig_expect_lines(1, " patchbay  edge · media/lobby  Pods 3 *");
    rig_expect_lines(0, "*NAMESPACE*");
    rig_type(":ns default<Enter>");
    rig_expect_lines(1, " patchbay  edge · default  Pods 0 *");
    rig_expect_lines(1, " no pods in this namespace; 0 shows all namespaces");
    rig_type("0");
    rig_expect_lines(1, " patchbay  edge · all  Pods 3 *");
    rig_expect_lines(3, " media *Running*");
}

static bool persons_more(void *data)
{
    static const char row[] = "\n person ";
    const char *at = strstr(rig.said, row);
    unsigned long *before = data, now = at ? strtoul(at + strlen(row), NULL, 10) : 0;
    bool more = *before && now > *before;
    if (!*before)
        *before = now;
    return more;
}

static void see_detections(void)
{
    unsigned long before = 0;
    rig_type("6");
    rig_expect_lines(1, " patchbay  edge · all  Detections [0-9]* frames *live");
    rig_expect_lines(1, " object-detect  *[1-9].[0-9]   *s (95% *s)  *s (95% *s)*"); /* its rate, and how late it is */
    rig_expect_that(persons_more, &before, "persons are counted, and the count grows");
    rig_expect_text(" object-detect ");
    rig_type("f");
    rig_expect_lines(0, " *object-detect * -");
    rig_type(":save pictures.txt<Enter>");
    rig_expect_text("write :save FILE.ndjson");
    char *path = rig_path("seen.csv"), *keys = xasprintf(":save %s<Enter>", path);
    rig_type(keys);
    rig_expect_text(" frames are in ");
    char *text = rig_read(path);
    ck_assert_msg(str_starts(text, "utc,analysed,thing,pod,source,frame,label,confidence,") && strstr(text, ",person,0."), "%s", text);
    rig_type(keys);
    rig_expect_text("is there already");
    free(text);
    free(keys);
    free(path);
}

/* The colours of some cells in its middle. */
static char *picture_now(void)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    for (int y = 2; y < 22; y++)
        for (int x = 14; x < 66; x++) {
            char text[128];
            screen_attributes(rig.screen, x, y, text, sizeof text);
            buf_adds(&out, text);
            buf_addc(&out, '\n');
        }
    return buf_take(&out);
}

static bool picture_moves(void *data)
{
    char **before = data, *now = picture_now();
    bool moves = *before && !str_eq(*before, now) && strstr(now, "bg#");
    free(*before);
    *before = now;
    return moves;
}

/* How much the dashboard has read so far. */
static unsigned long heard(void)
{
    char path[64], line[128];
    unsigned long bytes = 0;
    snprintf(path, sizeof path, "/proc/%d/io", (int)screen_pid(rig.screen));
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (str_starts(line, "rchar: "))
            bytes = strtoul(line + 7, NULL, 10);
    if (file)
        fclose(file);
    return bytes;
}

static void see_picture(void)
{
    char *before = NULL;
    rig_type("v");
    rig_expect_lines(1, " patchbay  edge · all *Picture object-detect *");
    rig_expect_text(" of 2 pictures/s");
    rig_expect_lines(1, " captured → analysed *s → shown *s");
    rig_expect_text("person 0."); /* a box's label */
    rig_expect_that(picture_moves, &before, "the picture changes");
    rig_type("]]]");
    rig_expect_text(" of 10 pictures/s");
    rig_expect_that(picture_moves, &before, "and goes on");
    unsigned long then = heard();
    screen_run(rig.screen, NSEC_PER_SEC);
    unsigned long seen = heard() - then;
    rig_type("5"); /* where nothing is followed but the cluster */
    rig_expect_lines(1, " patchbay  edge · all  Events *");
    screen_run(rig.screen, NSEC_PER_SEC); /* what is under way still comes */
    then = heard();
    screen_run(rig.screen, NSEC_PER_SEC);
    ck_assert_msg((heard() - then) * 3 < seen, "%lu bytes a second are read for a picture nobody sees, %lu where it is seen",
                  heard() - then, seen);
    rig_type("6v<Tab>");
    rig_expect_lines(1, " patchbay  edge · all *Picture [cm]*");
    rig_expect_that(picture_moves, &before, "the next picture is another");
    free(before);
}

static void see_by_names(void)
{
    static const struct {
        const char *keys, *line;
    } ways[] = {
        {":po<Enter>", " patchbay *  Pods 3 *"},
        {":no<Enter>", " patchbay *  Nodes 4 *"},
        {":ev<Enter>", " patchbay *  Events *"},
        {":dp<Enter>", " patchbay *  Deployments 3 *"},
        {"-", " patchbay *  Events *"},
        {"7", " patchbay *  Logs object-detect-*"},
        {":detections<Enter>", " patchbay *  Detections *"},
        {"5", " patchbay *  Events *"},
        {"?", " patchbay * Help Events *"},
        {"<Esc>", " patchbay *  Events *"},
        {"1", "╭ camera *"},
        {"?", " patchbay * Help Graph *"},
        {"<Esc>", "╭ camera *"},
        {":nods<Enter>", " there is no command 'nods'; did you mean 'nodes'?"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        rig_type(ways[i].keys);
        rig_expect_lines(1, ways[i].line);
    }
}

START_TEST(each_view_shows_the_running_graph)
{
    rig_start("lobby", (const char *const[]){"COLORTERM=truecolor", NULL}, 80, 24);
    rig_deploy();
    rig_expect_flow();
    see_deployments();
    see_the_graphs_log();
    see_nodes();
    see_pods();
    see_detections();
    see_picture();
    see_by_names();
    rig_quit();
}
END_TEST

Suite *views_suite(void)
{
    Suite *suite = suite_create("views");
    TCase *tcase = tcase_create("views");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, each_view_shows_the_running_graph);
    suite_add_tcase(suite, tcase);
    return suite;
}
