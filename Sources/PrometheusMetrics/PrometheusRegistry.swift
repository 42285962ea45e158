package import CoreMetrics
import Synchronization

/// Keeps what swift-metrics counts, and renders it as Prometheus' text.
///
/// One label with the same dimensions, in any order, is one series, whoever asks for it. Names are brought into Prometheus' alphabet.
/// Counters become counters; meters and recorders that do not aggregate, gauges; recorders that aggregate, and timers, histograms.
/// Timers are in seconds, and nothing is added to a name: whoever makes a timer calls it `…_seconds`, and a counter `…_total`.
///
/// Two things are refused, because one caller's mistake must not cost the whole page: a series beyond the limit of its name, and a name
/// that is of another kind already. The caller gets a metric that counts for nobody, and each request of that sort is counted in
/// `prometheus_registry_refused_series_total` with the labels `metric` and `reason` (`limit` or `kind`).
package final class PrometheusRegistry: MetricsFactory {
    /// What ``render()`` gives, for the header `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let families: Mutex<[MetricName: Family]>
    private let refusals: Family
    private let seriesLimit: Int
    private let forgetsDestroyed: Bool

    /// Begins with nothing counted.
    ///
    /// - Parameters:
    ///   - declarations: Each name at most once. Others work as well, without help and with ``MetricDeclaration/defaultBuckets``.
    ///   - seriesLimit: How many series one name may have. Labels that come from outside could fill the memory otherwise.
    ///   - forgetsDestroyed: Whether a series disappears when somebody destroys the metric. By default it stays: other holders of
    ///     the same series would count for nobody, and a counter would begin again.
    package init(declarations: [MetricDeclaration] = [], seriesLimit: Int = 1_000, forgetsDestroyed: Bool = false) {
        let refusals = Family(
            MetricDeclaration(
                name: "prometheus_registry_refused_series_total",
                help: "Requests for a series that was not made: its name has too many, or is of another kind.", kind: .counter),
            limit: seriesLimit)
        var families = [refusals.name: refusals]
        for declaration in declarations {
            precondition(families[declaration.name] == nil, "the metric \(declaration.name) is declared twice: keep one of the two")
            families[declaration.name] = Family(declaration, limit: seriesLimit)
        }
        self.refusals = refusals
        self.families = Mutex(families)
        self.seriesLimit = seriesLimit
        self.forgetsDestroyed = forgetsDestroyed
    }

    /// Everything that was counted, as text: families by name, series by labels. A metric that nobody asked for yet is not in it.
    package func render() -> [UInt8] {
        let families = families.withLock { Array($0.values) }.sorted { $0.name.description < $1.name.description }
        var exposition = Exposition()
        for family in families { family.write(into: &exposition) }
        return exposition.bytes
    }

    // MARK: - Making

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let recorder: (any RecorderHandler)? = aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
        return recorder ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    func counter(_ label: String, _ dimensions: [(String, String)] = []) -> CounterSeries? {
        series(label, dimensions, .counter) as? CounterSeries
    }

    func gauge(_ label: String, _ dimensions: [(String, String)] = []) -> GaugeSeries? {
        series(label, dimensions, .gauge) as? GaugeSeries
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        series(label, dimensions, .histogram) as? HistogramSeries
    }

    private func series(_ label: String, _ dimensions: [(String, String)], _ kind: MetricDeclaration.Kind) -> (any Series)? {
        let name = MetricName(label)
        let family = families.withLock { families in
            if let family = families[name] { return family }
            let family = Family(MetricDeclaration(name: label, help: "", kind: kind), limit: seriesLimit)
            families[name] = family
            return family
        }
        guard family.kind == kind else { return refuse(name, reason: "kind") }
        return family.series(dimensions) ?? refuse(name, reason: "limit")
    }

    private func refuse(_ name: MetricName, reason: String) -> (any Series)? {
        (refusals.series([("metric", name.description), ("reason", reason)]) as? CounterSeries)?.increment(by: 1 as Int64)
        return nil
    }

    // MARK: - Destroying

    package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

    private func forget(_ handler: AnyObject) {
        guard forgetsDestroyed else { return }
        for family in families.withLock({ Array($0.values) }) where family.remove(handler) { return }
    }
}
