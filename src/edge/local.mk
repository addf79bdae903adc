# see Makefile.am
# What serves: the store, its kinds and the API.
edge_serving_sources = \
	src/edge/admit.c src/edge/admit.h \
	src/edge/admit_apps.c \
	src/edge/admit_core.c \
	src/edge/admit_pod.c \
	src/edge/amounts.c src/edge/amounts.h \
	src/edge/api.c src/edge/api.h \
	src/edge/apiproxy.c \
	src/edge/body.c \
	src/edge/canonical.c src/edge/canonical.h \
	src/edge/cert.c src/edge/cert.h \
	src/edge/delete.c \
	src/edge/discovery.c \
	src/edge/edge.h \
	src/edge/events.c \
	src/edge/fieldset.c src/edge/fieldset.h \
	src/edge/gc.c \
	src/edge/kinds.c \
	src/edge/kubeconfig.c \
	src/edge/log.c \
	src/edge/managed.c src/edge/managed.h \
	src/edge/openapi.c \
	src/edge/patch.c src/edge/patch.h \
	src/edge/proto.c src/edge/proto.h \
	src/edge/query.c src/edge/query.h \
	src/edge/read.c \
	src/edge/scale.c \
	src/edge/schema.c src/edge/schema.h \
	src/edge/schema_types.c src/edge/schema_types.h \
	src/edge/seed.c src/edge/seed.h \
	src/edge/slices.c src/edge/slices.h \
	src/edge/status.c \
	src/edge/store.c src/edge/store.h \
	src/edge/strategic.c \
	src/edge/table.c src/edge/table.h \
	src/edge/table_apps.c \
	src/edge/table_core.c \
	src/edge/table_more.c \
	src/edge/table_pods.c \
	src/edge/watch.c \
	src/edge/write.c src/edge/write.h
# What acts: controllers, scheduler, node agents, proxy, reaper.
edge_acting_sources = \
	src/edge/agent.h \
	src/edge/agentlogs.c \
	src/edge/agents.c \
	src/edge/container.c \
	src/edge/controllers.c src/edge/controllers.h \
	src/edge/deployments.c \
	src/edge/endpoints.c \
	src/edge/fit.c src/edge/fit.h \
	src/edge/images.c \
	src/edge/netrange.c \
	src/edge/object.c src/edge/object.h \
	src/edge/pod.c \
	src/edge/podenv.c \
	src/edge/podlog.c src/edge/podlog.h \
	src/edge/podstatus.c \
	src/edge/probes.c \
	src/edge/proxy.c \
	src/edge/proxyhead.c src/edge/proxyhead.h \
	src/edge/queue.c src/edge/queue.h \
	src/edge/reaper.c src/edge/reaper.h \
	src/edge/relay.c src/edge/relay.h \
	src/edge/replicasets.c \
	src/edge/resolve.c \
	src/edge/rollout.c src/edge/rollout.h \
	src/edge/rollsteps.c \
	src/edge/scheduler.c

noinst_LIBRARIES += libedge.a
libedge_a_SOURCES = $(edge_serving_sources) $(edge_acting_sources)
edge_LIBS = libedge.a $(GNUTLS_LIBS)

bin_PROGRAMS += patchbay-edge
patchbay_edge_SOURCES = src/edge/main.c
patchbay_edge_LDADD = $(edge_LIBS) $(net_LIBS) $(base_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_edge
TESTS += tests/unit/check_edge
tests_unit_check_edge_SOURCES = \
	tests/unit/edge_api_admit.c \
	tests/unit/edge_api_gc.c \
	tests/unit/edge_api_http.c \
	tests/unit/edge_api_main.c \
	tests/unit/edge_api_patch.c \
	tests/unit/edge_api_proto.c \
	tests/unit/edge_api_query.c \
	tests/unit/edge_api_ssa.c \
	tests/unit/edge_api_store.c \
	tests/unit/edge_api_table.c \
	tests/unit/edge_api_test.h
tests_unit_check_edge_LDADD = $(edge_LIBS) $(net_LIBS) $(base_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_edge_agents
TESTS += tests/unit/check_edge_agents
tests_unit_check_edge_agents_SOURCES = \
	tests/unit/edge_agents.h \
	tests/unit/edge_agents_controllers.c \
	tests/unit/edge_agents_logs.c \
	tests/unit/edge_agents_main.c \
	tests/unit/edge_agents_pods.c \
	tests/unit/edge_agents_probes.c \
	tests/unit/edge_agents_proxy.c \
	tests/unit/edge_agents_reaper.c \
	tests/unit/edge_agents_scheduler.c \
	tests/unit/edge_agents_world.c
tests_unit_check_edge_agents_LDADD = $(edge_LIBS) $(net_LIBS) $(base_LIBS) $(CHECK_LIBS)
endif

# The embedded cluster against stock kubectl.
TESTS += tests/edge/kubectl.sh
EXTRA_DIST += tests/edge/kubectl.sh tests/edge/image.sh
