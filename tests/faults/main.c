/* 29 and 30 (the terminal, the disk) are at the keyboard: tests/e2e. */
#include "faults.h"

enum place { SCRIPTED, WIRE };

/* The list of faults, by the numbers of the client's manual of them; how each is brought about; what is to be seen. */
static const struct row {
    const char *number, *words;
    void (*run)(void);
    enum place place;
} faults[] = {
    {"1", "refused: the rows stay, STALE with their age", refused_connection, WIRE},
    {"2", "a host name that is not known is named", unknown_host, WIRE},
    {"3", "an unknown authority: nothing is said to the server", unknown_authority, WIRE},
    {"4", "a certificate for another name: the names", other_host, WIRE},
    {"5", "a client certificate that has expired: its file is read again, then named", expired_certificate, SCRIPTED},
    {"6", "401: the credentials are read again once, then named", refused_credentials, SCRIPTED},
    {"7", "403 on one resource: that pane alone says so", refused_resource, SCRIPTED},
    {"7", "… and place gives no figure without it", refused_nodes_of_a_command, WIRE},
    {"8", "404 of an API group: the feature is not there, nothing else is lost", missing_group, SCRIPTED},
    {"9", "409: the fields that are others', and whose", owned_fields, SCRIPTED},
    {"9", "… and what deploy says and ends with", owned_fields_of_a_command, WIRE},
    {"10", "409 of a version: tried again, and not for ever", changed_meanwhile, SCRIPTED},
    {"11", "410 in a watch: listed again, no row flickers", expired_version, SCRIPTED},
    {"12", "410 in the middle of the pages: the whole list", expired_page, SCRIPTED},
    {"13", "a version that is too large: listed without one", future_version, SCRIPTED},
    {"14", "422: the causes at the boxes of the graph", refused_values, SCRIPTED},
    {"15", "429: asked again when the server said", too_many_requests, SCRIPTED},
    {"16", "a burst of 5xx: the rows stay, STALE with their age", server_errors, SCRIPTED},
    {"17", "a network that falls silent is known within 30 s", half_open, WIRE},
    {"18", "a watch cut in the middle of an event: the part is dropped", broken_event, SCRIPTED},
    {"18", "a connection reset in the middle of an event", reset_event, WIRE},
    {"19", "GOAWAY: nobody notices", go_away, WIRE},
    {"20", "an event of many megabytes: skipped, and said", giant_event, SCRIPTED},
    {"21", "a captive proxy's page: its words, cleaned", captive_proxy, SCRIPTED},
    {"22", "unknown events and enums: shown as they are", unknown_words, SCRIPTED},
    {"23", "fields that are missing, null or of a wrong type: <unknown>", wrong_fields, SCRIPTED},
    {"24", "deep JSON: skipped, and said", deep_objects, SCRIPTED},
    {"24", "a YAML alias bomb: its place, and status 1", alias_bomb, WIRE},
    {"25", "an object that was made anew is another", made_anew, SCRIPTED},
    {"26", "clocks that disagree: shown", clock_skew, SCRIPTED},
    {"27", "a flood of log lines: all of them, in bounded memory", log_flood, SCRIPTED},
    {"28", "escapes, C1 and bidi characters in names", hostile_names, SCRIPTED},
    {"28", "… in logs", hostile_logs, SCRIPTED},
    {"28", "… in errors", hostile_errors, SCRIPTED},
    {"20, 28", "a string of 64 MB costs what one object may cost", giant_string, SCRIPTED},
    {"22-24, 28", "ten thousand objects with wrong values in any field", hostile_objects, SCRIPTED},
};

START_TEST(fault)
{
    faults[_i].run();
}
END_TEST

int main(void)
{
    setenv("XDG_STATE_HOME", "/dev/null", 1); /* no draft of whoever runs this is offered, nor one kept */
    Suite *suite = suite_create("faults");
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        static char names[ARRAY_SIZE(faults)][120]; /* Check keeps them */
        snprintf(names[i], sizeof names[i], "%s %s", faults[i].number, faults[i].words);
        TCase *tc = tcase_create(names[i]);
        tcase_set_timeout(tc, 60);
        tcase_add_checked_fixture(tc, NULL, faults[i].place == WIRE ? wire_end : scripted_end);
        tcase_add_loop_test(tc, fault, (int)i, (int)i + 1);
        suite_add_tcase(suite, tc);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
