# All but the commands and main, so that tests can be linked with it.
noinst_LIBRARIES += libapp.a
libapp_a_SOURCES = \
	src/app/acting.c src/app/acting.h \
	src/app/app.c src/app/app.h \
	src/app/assets.c src/app/assets.h \
	src/app/cluster.c src/app/cluster.h \
	src/app/console.c src/app/console.h \
	src/app/deployer.c src/app/deployer.h \
	src/app/deploying.c src/app/deploying.h \
	src/app/documents.c src/app/documents.h \
	src/app/draft.c src/app/draft.h \
	src/app/edge_process.c src/app/edge_process.h \
	src/app/entries.c src/app/entries.h \
	src/app/fleet.c src/app/fleet.h \
	src/app/follow.c src/app/follow.h \
	src/app/graphs.c src/app/graphs.h \
	src/app/holder.c src/app/holder.h \
	src/app/keeper.c src/app/keeper.h \
	src/app/kinds.c src/app/kinds.h \
	src/app/list.c src/app/list.h \
	src/app/meter.c src/app/meter.h \
	src/app/node_text.c src/app/node_text.h \
	src/app/only.c src/app/only.h \
	src/app/options.c src/app/options.h \
	src/app/part.c src/app/part.h \
	src/app/recovery.c src/app/recovery.h \
	src/app/scrape.c src/app/scrape.h \
	src/app/session.c src/app/session.h src/app/session_private.h \
	src/app/session_forward.c \
	src/app/session_graph.c \
	src/app/session_holder.c \
	src/app/session_node.c \
	src/app/session_shell.c \
	src/app/session_task.c \
	src/app/session_timing.c \
	src/app/playback.c src/app/playback.h \
	src/app/session_record.c \
	src/app/session_replay.c \
	src/app/session_trial.c \
	src/app/session_warm.c \
	src/app/removing.c src/app/removing.h \
	src/app/snapshots.c src/app/snapshots.h \
	src/app/table.c src/app/table.h \
	src/app/target.c src/app/target.h \
	src/app/timings.c src/app/timings.h src/app/timings_keep.c src/app/timings_print.c \
	src/app/trial.c src/app/trial.h \
	src/app/unified.c src/app/unified.h \
	src/app/warm.c src/app/warm.h \
	src/app/warm_others.c src/app/warm_others.h \
	src/app/warm_pods.c src/app/warm_pods.h \
	src/app/warm_words.c
app_LIBS = libapp.a $(ui_LIBS) $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS)

bin_PROGRAMS += patchbay
patchbay_SOURCES = \
	src/app/commands.h src/app/main.c \
	src/app/cmd/act.c \
	src/app/cmd/assert.c \
	src/app/cmd/catalog.c \
	src/app/cmd/dashboard.c \
	src/app/cmd/config.c \
	src/app/cmd/delete.c \
	src/app/cmd/deploy.c \
	src/app/cmd/describe.c \
	src/app/cmd/diff.c \
	src/app/cmd/drain.c \
	src/app/cmd/edge.c \
	src/app/cmd/events.c \
	src/app/cmd/exec.c \
	src/app/cmd/get.c \
	src/app/cmd/history.c \
	src/app/cmd/logs.c \
	src/app/cmd/manual.c \
	src/app/cmd/new.c \
	src/app/cmd/nodes.c \
	src/app/cmd/place.c \
	src/app/cmd/pods.c \
	src/app/cmd/port-forward.c \
	src/app/cmd/record.c \
	src/app/cmd/replay.c \
	src/app/cmd/render.c \
	src/app/cmd/rollback.c \
	src/app/cmd/status.c \
	src/app/cmd/tail.c \
	src/app/cmd/timing.c \
	src/app/cmd/validate.c \
	src/app/cmd/warm.c src/app/cmd/why.c
patchbay_LDADD = $(app_LIBS)
patchbay_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic-symbol=_gnutls_global_init_skip

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_app
TESTS += tests/unit/check_app
tests_unit_check_app_SOURCES = \
	tests/unit/app_main.c tests/unit/app_acting.c tests/unit/app_contexts.c tests/unit/app_deployer.c \
	tests/unit/app_draft.c tests/unit/app_keeper.c tests/unit/app_meter.c tests/unit/app_options.c \
	tests/unit/app_scrape.c tests/unit/app_snapshots.c tests/unit/app_session.c tests/unit/app_session_node.c \
	tests/unit/app_session_trial.c \
	tests/unit/app_removing.c \
	tests/unit/app_replay.c \
	tests/unit/app_table.c tests/unit/app_timings.c tests/unit/app_timings_keep.c tests/unit/app_unified.c \
	tests/unit/app_warm.c tests/unit/app_warm_server.c tests/unit/app_warm_server.h \
	tests/screen/compare.c tests/screen/compare.h \
	tests/unit/app_test.h tests/unit/k8s_script.c tests/unit/k8s_script.h
tests_unit_check_app_LDADD = $(app_LIBS) $(CHECK_LIBS)
EXTRA_DIST += tests/unit/streams/night.ndjson
endif

# kubectl finds its plug-ins by their names.
install-exec-hook:
	cd $(DESTDIR)$(bindir) && rm -f kubectl-patchbay && $(LN_S) patchbay kubectl-patchbay
uninstall-hook:
	rm -f $(DESTDIR)$(bindir)/kubectl-patchbay
