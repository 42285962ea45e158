import ArgumentParser
import Foundation
import HindsightApp

/// Where the settings of a command are, beside the environment.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The YAML file of the settings; HINDSIGHT_CONFIG may name it as well.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("One setting, like limits.connections=100; may be given again.", valueName: "key=value"))
    var assignments: [String] = []

    /// The settings in force.
    ///
    /// - Parameters:
    ///   - options: Those that every command takes, the nearest first; `--log` among them is a setting too.
    ///   - flags: Options of the command that are settings: they go before `--set`; those without a value say nothing.
    func load(beside options: [CommonOptions], flags own: [(key: String, value: String?)] = []) throws -> Configuration {
        var flags: [(key: String, value: String)] = []
        for assignment in assignments {
            // What has no key may be a secret, so it is not repeated.
            guard let sign = assignment.firstIndex(of: "="), sign > assignment.startIndex else {
                throw UsageError("--set takes key=value, like --set limits.connections=100")
            }
            flags.append((String(assignment[..<sign]), String(assignment[assignment.index(after: sign)...])))
        }
        for (key, value) in own { if let value { flags.append((key, value)) } }
        if let log = options.lazy.compactMap(\.log).first { flags.append(("log", log)) }
        return try Configuration.load(flags: flags, file: config, environment: ProcessInfo.processInfo.environment)
    }
}

/// The settings of a command that runs until it is stopped.
struct ConfigurationOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @Option(help: ArgumentHelp("Where the server listens.", valueName: "host:port"))
    var listen: String?

    /// The settings in force.
    ///
    /// - Parameter options: As for ``SettingsOptions``.
    func load(beside options: [CommonOptions]) throws -> Configuration {
        try settings.load(beside: options, flags: [("listen", listen)])
    }
}
