/* What is unsaved is kept, what others wrote is not overwritten: on a model of its own and a virtual clock. */
#include "app/keeper.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "app_test.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "graph/plan.h"

static struct vclock vclock;
static struct loop *loop;
static struct model model;
static struct keeper keeper;
static struct catalogue catalogue;
static char dir[64], *path;

#define TEXT(what) "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: media}\n# " what "\n"

static void on_edited(void *data UNUSED)
{
    keeper_edited(&keeper);
}

static void write_file(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(path, text, strlen(text), 0, &err) == 0, "%s", err.text);
}

static const char *read_file(void)
{
    static struct buf text;
    struct err err = ERR_INIT;
    if (text.max)
        buf_release(&text);
    buf_init(&text, 1u << 20);
    ck_assert_msg(file_read(path, &text, &err) == 0, "%s", err.text);
    return text.data;
}

static void setup(void)
{
    struct err err = ERR_INIT;
    app_test_state();
    snprintf(dir, sizeof dir, "/tmp/app-keeper-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    path = xasprintf("%s/lobby.yaml", dir);
    vclock_init(&vclock, INT64_C(1772366400000000000));
    loop = loop_new(&vclock.ops);
    model = (struct model){.loop = loop, .context = (char *)"edge", .graph_name = (char *)"lobby",
                           .graph_ns = (char *)"media", .ops.edited = on_edited};
    model.sources[SOURCE_GRAPHS].store = store_new(&kind_configmap);
    keeper_init(&keeper, &model);
    model.document = document_new(TEXT("one"), sizeof TEXT("one") - 1, "lobby.yaml", NULL, NULL, &catalogue, &err);
    ck_assert_msg(model.document != NULL, "%s", err.text);
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    keeper_release(&keeper);
    document_free(model.document);
    store_free(model.sources[SOURCE_GRAPHS].store);
    loop_free(loop);
    free(path);
    ck_assert_int_eq(file_remove_tree(dir, &err), 0);
}

static void open_file(void)
{
    struct stat st;
    write_file(TEXT("one"));
    ck_assert_int_eq(stat(path, &st), 0);
    model.file = path;
    keeper_opened(&keeper, ORIGIN_FILE, &st);
    keeper_watching(&keeper, true);
}

static void edit(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(document_replace(model.document, text, strlen(text), &err) == 0, "%s", err.text);
    model_changed(&model, CHANGED_DOCUMENT);
}

static void pass(double seconds)
{
    vclock_run(&vclock, loop, (int64_t)(seconds * NSEC_PER_SEC));
}

static const char *text(void)
{
    return document_text(model.document, NULL);
}

/* What a kill now would leave: the journal's file, read past its lock. "": nothing. */
static const char *kept(void)
{
    static char out[4096];
    struct buf all;
    struct err err = ERR_INIT;
    buf_init(&all, 1u << 20);
    if (journal_path(keeper.journal))
        ck_assert_int_eq(file_read(journal_path(keeper.journal), &all, &err), 0);
    const char *nl = strchr(all.data, '\n');
    snprintf(out, sizeof out, "%s", nl ? nl + 1 : "");
    buf_release(&all);
    return out;
}

static void deploy(const char *text_deployed)
{
    static int version;
    char number[16];
    cJSON *map = cJSON_CreateObject();
    snprintf(number, sizeof number, "%d", ++version);
    json_set_str(map, "metadata.name", "patchbay-lobby");
    json_set_str(map, "metadata.namespace", "media");
    json_set_str(map, "metadata.uid", "u");
    json_set_str(map, "metadata.resourceVersion", number);
    cJSON_AddStringToObject(json_ensure(map, "metadata.labels"), PLAN_LABEL_GRAPH, "lobby");
    cJSON_AddStringToObject(json_ensure(map, "data"), PLAN_KEY_TEXT, text_deployed);
    struct record *record = record_new(&kind_configmap, map);
    ck_assert_ptr_nonnull(record);
    store_put(model_store(&model, SOURCE_GRAPHS), record);
    cJSON_Delete(map);
    keeper_graphs(&keeper);
}

/* Within a second of an edit, and only while it is unsaved; not in the key's own time. */
START_TEST(an_edit_is_kept)
{
    open_file();
    edit(TEXT("two"));
    ck_assert_str_eq(kept(), "");
    pass(0.4);
    edit(TEXT("three")); /* who goes on and on is kept all the same */
    pass(0.2);
    ck_assert_str_eq(kept(), TEXT("three"));
    document_undo(model.document);
    document_undo(model.document);
    model_changed(&model, CHANGED_DOCUMENT);
    pass(1);
    ck_assert_str_eq(kept(), "");
    edit(TEXT("four"));
    ck_assert_int_eq(keeper_keep(&keeper), 0); /* before an editor, at a signal */
    ck_assert_str_eq(kept(), TEXT("four"));
    document_saved(model.document);
    keeper_saved(&keeper);
    ck_assert_str_eq(kept(), "");
}
END_TEST

START_TEST(the_end_keeps_it_unless_it_was_given_up)
{
    struct drafts drafts;
    struct err err = ERR_INIT;
    open_file();
    edit(TEXT("two"));
    keeper_release(&keeper);
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 1);
    ck_assert_str_eq(drafts.items[0].text.data, TEXT("two"));
    ck_assert_str_eq(drafts.items[0].about.file, path);
    unlink(drafts.items[0].path);
    drafts_release(&drafts);
    keeper_init(&keeper, &model);
    edit(TEXT("three"));
    pass(1);
    keeper_give_up(&keeper);
    keeper_release(&keeper);
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 0);
    keeper_init(&keeper, &model);
    keeper_give_up(&keeper);
}
END_TEST

START_TEST(a_draft_that_cannot_be_kept_is_said_once)
{
    setenv("XDG_STATE_HOME", "/dev/null", 1);
    open_file();
    edit(TEXT("two"));
    pass(1);
    ck_assert_str_eq(model.notice, "the unsaved draft is not kept for after a crash: cannot make the folder "
                                   "'/dev/null/patchbay': not a directory");
    model.notice[0] = '\0';
    edit(TEXT("three"));
    pass(5);
    ck_assert_str_eq(model.notice, "");
}
END_TEST

START_TEST(what_others_wrote_is_not_saved_over)
{
    struct err err = ERR_INIT;
    open_file();
    edit(TEXT("two"));
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), 0);
    write_file(TEXT("theirs"));
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), SAVE_CHANGED);
    ck_assert_int_eq(keeper_check(&keeper, path, &(struct save_over){.any = true}, &err), 0);
    struct save_over over = {0};
    digest_sha256(TEXT("theirs"), sizeof TEXT("theirs") - 1, over.shown);
    ck_assert_int_eq(keeper_check(&keeper, path, &over, &err), 0);
    write_file(TEXT("theirs, later")); /* nobody saw that */
    ck_assert_int_eq(keeper_check(&keeper, path, &over, &err), SAVE_CHANGED);
    char *link = xasprintf("%s/link.yaml", dir), *other = xasprintf("%s/other.yaml", dir);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(keeper_check(&keeper, link, NULL, &err), SAVE_CHANGED); /* the same file by another name */
    write_file(TEXT("one")); /* as it was, at another time and in another inode */
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), 0);
    write_file(TEXT("two")); /* as it is here */
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), 0);
    unlink(path);
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), 0);
    ck_assert_int_eq(keeper_check(&keeper, other, NULL, &err), 0);
    ck_assert_int_eq(file_save(other, "x", 1, 0, &err), 0);
    ck_assert_int_eq(keeper_check(&keeper, other, NULL, &err), SAVE_EXISTS);
    keeper.stamped = true;
    ck_assert_int_eq(keeper_check(&keeper, path, &(struct save_over){.any = true}, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, ":w FILE saves this elsewhere: it was stamped from"));
    free(link);
    free(other);
}
END_TEST

/* A size and a time that are as they were hide nothing from a save. */
START_TEST(a_change_that_stat_does_not_show)
{
    struct err err = ERR_INIT;
    struct stat st;
    open_file();
    edit(TEXT("two"));
    ck_assert_int_eq(stat(path, &st), 0);
    int fd = open(path, O_WRONLY);
    ck_assert_int_eq(pwrite(fd, "A", 1, 0), 1);
    ck_assert_int_eq(futimens(fd, (struct timespec[]){st.st_atim, st.st_mtim}), 0);
    close(fd);
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), SAVE_CHANGED);
}
END_TEST

/* What was stamped comes back without a file: its template's is not its own. */
START_TEST(a_stamped_graph_is_kept_without_its_template)
{
    struct drafts drafts;
    struct err err = ERR_INIT;
    open_file();
    keeper.stamped = true;
    edit(TEXT("two"));
    write_file(TEXT("another template"));
    pass(4);
    ck_assert_str_eq(text(), TEXT("two"));
    ck_assert_str_eq(model.notice, "");
    ck_assert_int_eq(keeper_reload(&keeper, &err), -1);
    keeper_release(&keeper);
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 1);
    ck_assert_ptr_null(drafts.items[0].about.file);
    drafts_release(&drafts);
    keeper_init(&keeper, &model);
}
END_TEST

/* A disk without room: what was there stays, in the file and in the journal. */
START_TEST(a_full_disk_loses_nothing)
{
    struct err err = ERR_INIT;
    char *big = xmalloc(200000), *state = xasprintf("%s/state", dir);
    if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=64k") < 0) {
        free(big);
        free(state);
        return; /* only root makes a small disk */
    }
    setenv("XDG_STATE_HOME", state, 1);
    open_file();
    edit(TEXT("two"));
    ck_assert_int_eq(keeper_keep(&keeper), 0);
    size_t head = strlen(TEXT("two"));
    memcpy(big, TEXT("two"), head);
    for (size_t i = head; i < 199999; i++)
        big[i] = i % 80 ? '#' : '\n';
    for (size_t i = head; i < 199999; i++)
        if (big[i - 1] == '\n')
            big[i] = '#';
    big[199999] = '\0';
    edit(big);
    ck_assert_int_eq(keeper_keep(&keeper), -1);
    ck_assert_ptr_nonnull(strstr(model.notice, "no space left on device"));
    ck_assert_str_eq(kept(), TEXT("two"));
    size_t len;
    const char *all = document_text(model.document, &len);
    ck_assert_int_eq(file_save(path, all, len, 0, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no space left on device"));
    ck_assert_str_eq(read_file(), TEXT("one"));
    ck_assert(document_dirty(model.document));
    keeper_give_up(&keeper);
    umount2(dir, MNT_DETACH);
    free(big);
    free(state);
}
END_TEST

START_TEST(a_clean_graph_follows_its_file)
{
    open_file();
    pass(3);
    ck_assert_str_eq(model.notice, "");
    write_file(TEXT("theirs"));
    pass(1.5);
    ck_assert_str_eq(text(), TEXT("one")); /* perhaps only half of it was written */
    pass(1);
    ck_assert_str_eq(text(), TEXT("theirs"));
    ck_assert(!document_dirty(model.document));
    ck_assert_str_eq(model.notice, "lobby.yaml was changed on disk and read again; u undoes it");
    ck_assert(document_undo(model.document));
    ck_assert_str_eq(text(), TEXT("one"));
    ck_assert(document_dirty(model.document));
    document_redo(model.document);
    write_file("no graph: [\n");
    pass(3);
    ck_assert_str_eq(text(), TEXT("theirs"));
    ck_assert(str_starts(model.notice, "lobby.yaml was changed on disk, and the graph here is as it was: "));
}
END_TEST

START_TEST(a_draft_is_told_of_its_file_once)
{
    struct err err = ERR_INIT;
    open_file();
    edit(TEXT("two"));
    write_file(TEXT("theirs"));
    pass(3);
    ck_assert_str_eq(text(), TEXT("two"));
    ck_assert_str_eq(model.notice, "lobby.yaml was changed on disk by somebody; :w shows the differences");
    model.notice[0] = '\0';
    pass(5);
    ck_assert_str_eq(model.notice, "");
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), SAVE_CHANGED);
    ck_assert_int_eq(keeper_reload(&keeper, &err), 0);
    ck_assert_str_eq(text(), TEXT("theirs"));
    ck_assert(document_undo(model.document));
    ck_assert_str_eq(text(), TEXT("two"));
    ck_assert_int_eq(keeper_check(&keeper, path, NULL, &err), 0); /* they were seen */
    unlink(path);
    pass(3);
    ck_assert_str_eq(model.notice, "lobby.yaml was removed by somebody; :w writes it again");
    write_file(TEXT("two"));
    pass(3);
    ck_assert(!document_dirty(model.document)); /* what is here is saved, whoever did it */
    ck_assert_str_eq(read_file(), TEXT("two"));
}
END_TEST

/* An editor gives back what it was given before. */
START_TEST(nothing_is_replaced_under_an_editor)
{
    open_file();
    model.editing = true;
    write_file(TEXT("theirs"));
    pass(5);
    ck_assert_str_eq(text(), TEXT("one"));
    model.editing = false;
    pass(3);
    ck_assert_str_eq(text(), TEXT("theirs"));
}
END_TEST

START_TEST(a_clean_graph_follows_the_cluster)
{
    keeper_opened(&keeper, ORIGIN_DEPLOYED, NULL);
    deploy(TEXT("one"));
    ck_assert_str_eq(model.notice, "");
    deploy(TEXT("theirs"));
    ck_assert_str_eq(text(), TEXT("theirs"));
    ck_assert(!document_dirty(model.document) && !model.deployed_by_others);
    ck_assert_str_eq(model.notice, "lobby was deployed by somebody else and is shown as it is now; u undoes it");
    ck_assert(document_undo(model.document));
    ck_assert_str_eq(text(), TEXT("one"));
}
END_TEST

START_TEST(a_draft_is_told_of_the_cluster_once)
{
    keeper_opened(&keeper, ORIGIN_DEPLOYED, NULL);
    deploy(TEXT("one"));
    edit(TEXT("two"));
    deploy(TEXT("theirs"));
    ck_assert(model.deployed_by_others);
    ck_assert_str_eq(model.notice, "lobby was deployed by somebody else meanwhile; D shows the differences");
    model.notice[0] = '\0';
    keeper_graphs(&keeper);
    ck_assert_str_eq(model.notice, "");
    ck_assert_str_eq(text(), TEXT("two"));
    deploy(TEXT("one")); /* and took it back */
    ck_assert(!model.deployed_by_others);
}
END_TEST

/* What we send is ours, whenever it is seen. */
START_TEST(our_own_deployment_is_no_surprise)
{
    open_file();
    deploy(TEXT("zero")); /* what was there when the file was opened */
    ck_assert(!model.deployed_by_others);
    edit(TEXT("two"));
    keeper_deploying(&keeper, document_text(model.document, NULL));
    ck_assert_str_eq(kept(), TEXT("two"));
    edit(TEXT("three"));
    deploy(TEXT("two"));
    keeper_deployed(&keeper, true);
    ck_assert(!model.deployed_by_others);
    ck_assert_str_eq(model.notice, "");
    deploy(TEXT("zero"));
    ck_assert(model.deployed_by_others);
    keeper_deploying(&keeper, document_text(model.document, NULL));
    keeper_deployed(&keeper, true);
    ck_assert(!model.deployed_by_others);
    /* A part of the draft is another text, and ours all the same. */
    keeper_deploying(&keeper, TEXT("part"));
    keeper_deployed(&keeper, true);
    deploy(TEXT("part"));
    ck_assert(!model.deployed_by_others);
}
END_TEST

Suite *app_keeper_suite(void)
{
    Suite *suite = suite_create("keeper");
    TCase *tc = tcase_create("keeper");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_edit_is_kept);
    tcase_add_test(tc, the_end_keeps_it_unless_it_was_given_up);
    tcase_add_test(tc, a_draft_that_cannot_be_kept_is_said_once);
    tcase_add_test(tc, what_others_wrote_is_not_saved_over);
    tcase_add_test(tc, a_change_that_stat_does_not_show);
    tcase_add_test(tc, a_stamped_graph_is_kept_without_its_template);
    tcase_add_test(tc, a_full_disk_loses_nothing);
    tcase_add_test(tc, a_clean_graph_follows_its_file);
    tcase_add_test(tc, a_draft_is_told_of_its_file_once);
    tcase_add_test(tc, nothing_is_replaced_under_an_editor);
    tcase_add_test(tc, a_clean_graph_follows_the_cluster);
    tcase_add_test(tc, a_draft_is_told_of_the_cluster_once);
    tcase_add_test(tc, our_own_deployment_is_no_surprise);
    suite_add_tcase(suite, tc);
    return suite;
}
