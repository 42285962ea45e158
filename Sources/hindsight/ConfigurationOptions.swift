import ArgumentParser
import Foundation
import HindsightApp

/// Where the settings of a command are, beside the environment.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The YAML file of the settings; HINDSIGHT_CONFIG may name it as well.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("One setting, like limits.connections=100; may be given again.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("Where the server listens.", valueName: "host:port"))
    var listen: String?

    /// The settings in force.
    ///
    /// - Parameter options: Those that every command takes, the nearest first; `--log` among them is a setting too.
    func load(beside options: [CommonOptions]) throws -> Configuration {
        var flags: [(key: String, value: String)] = []
        for assignment in assignments {
            // What has no key may be a secret, so it is not repeated.
            guard let sign = assignment.firstIndex(of: "="), sign > assignment.startIndex else {
                throw UsageError("--set takes key=value, like --set limits.connections=100")
            }
            flags.append((String(assignment[..<sign]), String(assignment[assignment.index(after: sign)...])))
        }
        if let listen { flags.append(("listen", listen)) }
        if let log = options.lazy.compactMap(\.log).first { flags.append(("log", log)) }
        return try Configuration.load(flags: flags, file: config, environment: ProcessInfo.processInfo.environment)
    }
}
