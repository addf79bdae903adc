bin_PROGRAMS += patchbay
patchbay_SOURCES = \
	src/app/app.c src/app/app.h \
	src/app/assets.c src/app/assets.h \
	src/app/commands.h \
	src/app/deployer.c src/app/deployer.h \
	src/app/documents.c src/app/documents.h \
	src/app/edge_process.c src/app/edge_process.h \
	src/app/follow.c src/app/follow.h \
	src/app/graphs.c src/app/graphs.h \
	src/app/list.c src/app/list.h \
	src/app/main.c \
	src/app/options.c src/app/options.h \
	src/app/report.c src/app/report.h \
	src/app/scrape.c src/app/scrape.h \
	src/app/session.c src/app/session.h \
	src/app/table.c src/app/table.h \
	src/app/cmd/catalog.c src/app/cmd/dashboard.c src/app/cmd/delete.c src/app/cmd/deploy.c src/app/cmd/edge.c \
	src/app/cmd/events.c src/app/cmd/logs.c src/app/cmd/new.c src/app/cmd/nodes.c src/app/cmd/pods.c \
	src/app/cmd/render.c src/app/cmd/status.c src/app/cmd/tail.c src/app/cmd/timing.c src/app/cmd/validate.c
patchbay_LDADD = $(ui_LIBS) $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS)

# kubectl finds its plug-ins by their names.
install-exec-hook:
	cd $(DESTDIR)$(bindir) && rm -f kubectl-patchbay && $(LN_S) patchbay kubectl-patchbay
uninstall-hook:
	rm -f $(DESTDIR)$(bindir)/kubectl-patchbay
