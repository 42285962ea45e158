import Glibc

/// What the system says of this process, under the names that every Prometheus client uses.
///
/// What the system does not say, as where `/proc` is hidden, is left as it was.
package struct ProcessMetrics: Sendable {
    package static let declarations = [
        MetricDeclaration(name: cpu, help: "Processor time used by the process, in user and system mode, in seconds.", kind: .counter),
        MetricDeclaration(name: residentMemory, help: "Memory of the process that is in RAM, in bytes.", kind: .gauge),
        MetricDeclaration(name: startTime, help: "When the process started, in seconds since 1970-01-01 UTC.", kind: .gauge),
        MetricDeclaration(name: openFiles, help: "File descriptors that the process has open.", kind: .gauge),
        MetricDeclaration(name: maximumFiles, help: "File descriptors that the process may have open.", kind: .gauge),
    ]

    private static let cpu = "process_cpu_seconds_total"
    private static let residentMemory = "process_resident_memory_bytes"
    private static let startTime = "process_start_time_seconds"
    private static let openFiles = "process_open_fds"
    private static let maximumFiles = "process_max_fds"

    private let registry: PrometheusRegistry

    /// - Parameter registry: One that was made with ``declarations`` among its own.
    package init(registry: PrometheusRegistry) { self.registry = registry }

    /// Reads the numbers anew: call it before each rendering. It takes as long as the process has open files.
    package func refresh() {
        if let status = ProcessStatus.current() {
            registry.counter(Self.cpu)?.follow(status.cpuSeconds)
            registry.gauge(Self.residentMemory)?.set(status.residentBytes)
            if let boot = ProcessStatus.bootTime() { registry.gauge(Self.startTime)?.set(boot + status.startedAfterBoot) }
        }
        if let count = FileDescriptors.open() { registry.gauge(Self.openFiles)?.set(count) }
        if let limit = FileDescriptors.limit() { registry.gauge(Self.maximumFiles)?.set(limit) }
    }
}

/// The open files of this process.
private enum FileDescriptors {
    /// How many there are; `nil` where the system does not tell.
    static func open() -> Int64? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var entries: Int64 = 0
        while readdir(folder) != nil { entries += 1 }
        // The folder's two links to itself and its parent, and the descriptor that reads it.
        return entries - 3
    }

    /// How many there may be; infinite where nothing limits them.
    static func limit() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == .max ? .infinity : Double(limit.rlim_cur)
    }
}
