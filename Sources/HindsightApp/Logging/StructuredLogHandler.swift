import Glibc
package import Logging

/// Writes each log record as one line: as JSON for machines, or as text for people.
///
/// A record stays one line whatever is in it, and lines never mix. Metadata given with a record goes before the provider's, and that before
/// the logger's. An error comes as `error.message` and `error.type`.
package struct StructuredLogHandler: LogHandler {
    package enum Form: String, Sendable, CaseIterable {
        /// `{"time":"2026-11-27T12:00:00.123456Z","level":"info","logger":"http","message":"…","key":"value"}`
        case json
        /// `2026-11-27T12:00:00Z INFO http: message key=value`
        case text
    }

    package static let standardError: Int32 = STDERR_FILENO

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let form: Form
    private let descriptor: Int32
    private let time: @Sendable () -> String

    /// - Parameters:
    ///   - label: Who logs.
    ///   - level: Records below it are left out.
    ///   - descriptor: An open file; it is never closed.
    ///   - time: The time as it will be written. By default the machine's, with microseconds in JSON and whole seconds in text.
    package init(
        label: String, form: Form, level: Logger.Level = .info, descriptor: Int32 = Self.standardError,
        metadataProvider: Logger.MetadataProvider? = nil, time: (@Sendable () -> String)? = nil
    ) {
        self.label = label
        self.form = form
        self.descriptor = descriptor
        self.metadataProvider = metadataProvider
        self.time = time ?? (form == .json ? LogTime.microseconds : LogTime.seconds)
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var metadata = metadata
        if let metadataProvider { metadata.merge(metadataProvider.get()) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        if let error = event.error {
            metadata["error.message"] = "\(error)"
            metadata["error.type"] = "\(String(reflecting: type(of: error)))"
        }
        let record = LogRecord(
            time: time(), level: event.level, logger: label, message: event.message.description, metadata: metadata)
        let line =
            switch form {
            case .json: record.json
            case .text: record.text
            }
        LogOutput.write(line + "\n", to: descriptor)
    }
}
