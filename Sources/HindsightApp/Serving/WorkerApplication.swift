package import CoreMetrics
import EventLogSQLite
import HindsightCore
package import Logging

/// A further process that does its part of the sagas' work on a log: what `hindsight work` is.
package final class WorkerApplication: Sendable {
    private let application: Application
    private let sagas: SagaWork

    /// - Throws: `EventLogError`; `UsageError` for settings that a further worker can't work by.
    package init(_ configuration: Configuration, metrics: any MetricsFactory, logger: Logger) throws {
        guard configuration.clock == .system else {
            throw UsageError("clock: a clock that is set by hand belongs to one process, `hindsight serve`: there is no work beside it")
        }
        guard configuration.audience.zeppelin != nil || configuration.gateway != nil else {
            throw UsageError("nothing to work on: neither audience.zeppelin.url nor billing.gateway.url is set")
        }
        application = try Application.open(configuration.log, for: .writing, metrics: metrics) { logger.warning("\($0)") }
        sagas = try SagaWork(
            application, configuration, board: try application.openAudienceBoard(), metrics: metrics, logger: logger)
    }

    /// Works until the task is cancelled.
    package func run() async {
        await sagas.run()
        await sagas.close()
        await application.close()
    }
}
