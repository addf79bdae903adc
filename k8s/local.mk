noinst_LIBRARIES += libk8s.a
libk8s_a_SOURCES = \
	k8s/access.c k8s/access.h \
	k8s/applyset.c k8s/applyset.h k8s/applyset_private.h \
	k8s/applyset_apply.c k8s/applyset_delete.c k8s/applyset_read.c k8s/applyset_request.c \
	k8s/backoff.c k8s/backoff.h \
	k8s/call.c k8s/call.h \
	k8s/channels.c k8s/channels.h \
	k8s/client.c k8s/client.h \
	k8s/config.c k8s/config.h \
	k8s/context.c k8s/context.h \
	k8s/credentials.c k8s/credentials.h \
	k8s/discovery.c k8s/discovery.h \
	k8s/entry.c k8s/entry.h \
	k8s/exec.c k8s/exec.h \
	k8s/feed.c k8s/feed.h \
	k8s/field.c k8s/field.h \
	k8s/forward.c k8s/forward.h \
	k8s/gather.c k8s/gather.h \
	k8s/incluster.c \
	k8s/index.c k8s/index.h \
	k8s/intake.c k8s/intake.h \
	k8s/kind.c k8s/kind.h \
	k8s/kinds/configmap.c k8s/kinds/configmap.h \
	k8s/kinds/deployment.c k8s/kinds/deployment.h \
	k8s/kinds/event.c k8s/kinds/event.h \
	k8s/kinds/node.c k8s/kinds/node.h \
	k8s/kinds/nodeimages.c k8s/kinds/nodeimages.h \
	k8s/kinds/pod.c k8s/kinds/pod.h \
	k8s/kinds/resourceclaim.c k8s/kinds/resourceclaim.h \
	k8s/kinds/resourceslice.c k8s/kinds/resourceslice.h \
	k8s/kinds/service.c k8s/kinds/service.h \
	k8s/memory.c k8s/memory.h \
	k8s/loggap.c k8s/loggap.h \
	k8s/logline.c k8s/logline.h \
	k8s/logmerge.c k8s/logmerge.h \
	k8s/logs.c k8s/logs.h \
	k8s/logtail.c k8s/logtail.h \
	k8s/logset.c k8s/logset.h \
	k8s/outcome.c k8s/outcome.h \
	k8s/owned.c k8s/owned.h \
	k8s/pem.c k8s/pem.h \
	k8s/plugin.c k8s/plugin.h \
	k8s/plugin_run.c k8s/plugin_run.h \
	k8s/pages.c k8s/pages.h \
	k8s/pulse.c k8s/pulse.h \
	k8s/peek.c k8s/peek.h \
	k8s/record.c k8s/record.h \
	k8s/recorder.c k8s/recorder.h \
	k8s/redact.c k8s/redact.h \
	k8s/reflector.c k8s/reflector.h \
	k8s/replay.c k8s/replay.h k8s/replay_private.h k8s/replay_objects.c k8s/replay_streams.c \
	k8s/request.c k8s/request.h \
	k8s/drain.c k8s/drain.h \
	k8s/evict.c k8s/evict.h \
	k8s/rollout.c k8s/rollout.h \
	k8s/setobject.c k8s/setobject.h \
	k8s/setparent.c k8s/setparent.h \
	k8s/setrequests.c k8s/setrequests.h \
	k8s/skim.c k8s/skim.h \
	k8s/splitter.c k8s/splitter.h \
	k8s/status.c \
	k8s/store.c k8s/store.h \
	k8s/tablerow.c k8s/tablerow.h \
	k8s/tablewatch.c k8s/tablewatch.h \
	k8s/tryset.c k8s/tryset.h \
	k8s/tape.c k8s/tape.h k8s/tape_question.c k8s/tape_table.c k8s/tape_table.h \
	k8s/watcher.c k8s/watcher.h
k8s_LIBS = libk8s.a

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_k8s
TESTS += tests/unit/check_k8s
tests_unit_check_k8s_SOURCES = \
	tests/unit/k8s_applyset.c \
	tests/unit/k8s_applyset_many.c \
	tests/unit/k8s_owned.c \
	tests/unit/k8s_client.c \
	tests/unit/k8s_config.c \
	tests/unit/k8s_credentials.c \
	tests/unit/k8s_discovery.c \
	tests/unit/k8s_exec.c \
	tests/unit/k8s_forward.c \
	tests/unit/k8s_hostile.c \
	tests/unit/k8s_lists.c \
	tests/unit/k8s_logs.c \
	tests/unit/k8s_logset.c \
	tests/unit/k8s_main.c \
	tests/unit/k8s_mirror.c tests/unit/k8s_mirror.h \
	tests/unit/k8s_pulse.c \
	tests/unit/k8s_record.c \
	tests/unit/k8s_recorder.c \
	tests/unit/k8s_replay.c \
	tests/unit/k8s_reflector.c \
	tests/unit/k8s_drain.c \
	tests/unit/k8s_evict.c \
	tests/unit/k8s_rollout.c \
	tests/unit/k8s_script.c tests/unit/k8s_script.h \
	tests/unit/k8s_splitter.c \
	tests/unit/k8s_tablewatch.c \
	tests/unit/k8s_store.c \
	tests/unit/k8s_tryset.c \
	tests/unit/k8s_streams.c \
	tests/unit/k8s_websocket.c \
	tests/unit/ws_peer.c tests/unit/ws_peer.h
tests_unit_check_k8s_LDADD = $(k8s_LIBS) $(net_LIBS) $(base_LIBS) $(CHECK_LIBS)
endif
