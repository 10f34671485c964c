package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/acmechallenges"
	"github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	shimgateway "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/gateways"
	shimingress "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	requestacme "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	requestca "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	requestselfsigned "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	requestvault "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/vault"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	"github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	"github.com/cert-manager/cert-manager/pkg/controller/issuers"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/acme"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/vault"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

// Upstream's own, without Venafi (its library is not to be had) and without metrics, which nobody reads.
var parts = []string{
	issuers.ControllerName, clusterissuers.ControllerName,
	trigger.ControllerName, keymanager.ControllerName, requestmanager.ControllerName,
	issuing.ControllerName, readiness.ControllerName, revisionmanager.ControllerName,
	approver.ControllerName, requestacme.CRControllerName, requestca.CRControllerName,
	requestselfsigned.CRControllerName, requestvault.CRControllerName,
	acmeorders.ControllerName, acmechallenges.ControllerName, shimingress.ControllerName,
}

const (
	leaseName     = "cert-manager-controller"
	leaseDuration = 60 * time.Second
	leaseRenewed  = 40 * time.Second
	leaseRetried  = 5 * time.Second
	clockSkew     = 10 * time.Second
)

// controllerCommand runs the issuers, certificates, orders and challenges.
func controllerCommand() *cobra.Command {
	command := &cobra.Command{Use: "controller", Args: cobra.NoArgs}
	chosen := addSettings(command.Flags())
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := logf.ValidateAndApply(chosen.verbosity); err != nil {
			return err
		}
		if err := chosen.readFile(); err != nil {
			return err
		}
		return runController(command.Context(), chosen)
	}
	return command
}

func runController(ctx context.Context, chosen *settings) error {
	factory, err := controller.NewContextFactory(ctx, chosen.options())
	if err != nil {
		return err
	}
	common, err := factory.Build()
	if err != nil {
		return err
	}
	socket, err := net.Listen("tcp", healthAddress)
	if err != nil {
		return err
	}
	health := healthz.NewServer(clockSkew)
	// Who ends, ends all: a controller that lost its lease must not go on beside the next one.
	ctx, end := context.WithCancel(ctx)
	defer end()
	running, ctx := errgroup.WithContext(ctx)
	running.Go(func() error { return health.Start(ctx, socket) })
	running.Go(func() error {
		defer end()
		work := func(ctx context.Context) error { return runLoops(ctx, chosen, factory, common) }
		if !chosen.elect {
			return work(ctx)
		}
		return lead(ctx, chosen.electionNamespace, common, health, work)
	})
	return running.Wait()
}

// lead works while it holds the lease; several controllers would issue everything several times.
func lead(
	ctx context.Context, namespace string, common *controller.Context, health *healthz.Server,
	work func(context.Context) error,
) error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	holder := resourcelock.ResourceLockConfig{Identity: name, EventRecorder: common.Recorder}
	lock, err := resourcelock.New(
		resourcelock.LeasesResourceLock, namespace, leaseName,
		common.Client.CoreV1(), common.Client.CoordinationV1(), holder,
	)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   leaseDuration,
		RenewDeadline:   leaseRenewed,
		RetryPeriod:     leaseRetried,
		ReleaseOnCancel: true,
		WatchDog:        health.LeaderHealthzAdaptor,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) { ended <- work(ctx) },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return err
	}
	go elector.Run(ctx)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

func runLoops(
	ctx context.Context, chosen *settings,
	factory *controller.ContextFactory, common *controller.Context,
) error {
	log := logf.FromContext(ctx, "controller")
	names := parts
	if chosen.EnableGatewayAPI {
		names = append(names, shimgateway.ControllerName)
	}
	known := controller.Known()
	running, ctx := errgroup.WithContext(ctx)
	for _, name := range names {
		loop, err := known[name](factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		running.Go(func() error { return loop.Run(workers, ctx) })
	}
	// Only now they are known which caches to fill.
	common.SharedInformerFactory.Start(ctx.Done())
	common.KubeSharedInformerFactory.Start(ctx.Done())
	common.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	if chosen.EnableGatewayAPI {
		common.GWShared.Start(ctx.Done())
	}
	log.Info("started", "controllers", len(names))
	return running.Wait()
}
