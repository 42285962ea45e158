import ArgumentParser
import BillingRetries
import Foundation
import GradientBoosting
import HindsightCore

/// `Benchmarks payment-world-policy`: learns from a log, then answers a judge on stdin and stdout.
struct PaymentWorldPolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payment-world-policy", abstract: "Learn from a payment world's log alone, then play its protocol.",
        discussion: """
            Reads a line of JSON for each invoice to decide on and answers when the round is flushed. The same log and seed give the same \
            answers, byte for byte.
            """)

    @Option(help: ArgumentHelp("The world's log, in lines of JSON.", valueName: "file")) var log: String
    @Option(help: "Decides which rows and features a tree sees.") var seed: UInt32 = 3
    @Option(name: .customLong("override"), help: "Take the model's hour when it is so many times likelier than the rules'; 0 always does.")
    var overrideFactor = 0.0
    @Flag(help: "The model decides the first retry only, and the rules the others.") var firstRetryOnly = false
    @Option(help: ArgumentHelp("Keep the model there, and read it from there the next time.", valueName: "file")) var model: String?

    func run() throws {
        let histories = try PaymentWorld.histories(log: log)
        let model = try learn(from: histories)
        let player = PaymentWorldPlayer(model: model, overrideFactor: overrideFactor, firstRetryOnly: firstRetryOnly)
        var waiting: [(id: Int, given: PaymentWorldPlayer.Case)] = []
        while let line = readLine() {
            let bytes = Array(line.utf8)
            let message = try JSON.decode(PaymentWorld.Message.self, from: bytes)
            switch message.type {
            case "decide": waiting.append(try read(message, bytes, histories))
            case "flush":
                var answer = ""
                for (id, given) in waiting {
                    let next = try player.next(given)
                    answer += next.map { "{\"id\":\(id),\"at\":\(PaymentWorld.hour($0))}\n" } ?? "{\"id\":\(id),\"stop\":true}\n"
                }
                FileHandle.standardOutput.write(Data(answer.utf8))
                waiting.removeAll(keepingCapacity: true)
            default: return
            }
        }
    }

    private func read(
        _ message: PaymentWorld.Message, _ bytes: [UInt8], _ histories: [String: PayerHistory]
    ) throws -> (id: Int, given: PaymentWorldPlayer.Case) {
        guard let id = message.id, let now = message.now, let due = message.due, let deadline = message.deadline,
            let attempts = message.attempts, let left = message.retriesLeft
        else { throw ValidationError("a decide message lacks id, now, due, deadline, attempts or retries_left") }
        let payer = try JSON.decode(PaymentWorld.Payer.self, from: bytes)
        let given = PaymentWorldPlayer.Case(
            payer: try payer.traits(), history: histories[payer.customer]?.charges.map(\.observation) ?? [],
            attempts: attempts.map(\.observation), dueAt: PaymentWorld.instant(due), now: PaymentWorld.instant(now),
            deadline: PaymentWorld.instant(deadline), triesLeft: left)
        return (id, given)
    }

    private func learn(from histories: [String: PayerHistory]) throws -> LearnedRetryModel {
        if let model, FileManager.default.fileExists(atPath: model) {
            return try Self.read(ModelArtifact(file: Array(Data(contentsOf: URL(fileURLWithPath: model)))))
        }
        var parameters = BoostingParameters.retries
        parameters.seed = seed
        let watch = Stopwatch()
        let until = histories.values.flatMap { $0.charges.map(\.observation.at) }.max() ?? PaymentWorld.instant(0)
        var stage: RetryModelTraining.Progress.Stage?
        let outcome = try RetryModelTraining(BoostingTrainer(parameters)).train(on: Array(histories.values), trainedUntil: until) {
            guard $0.stage != stage else { return }
            stage = $0.stage
            Status.say("\(Int(watch.seconds)) s: \($0.stage.rawValue)")
        }
        Status.say("trained in \(watch.seconds.forReading) s; \(try JSON.line(outcome.report))")
        if let model { try Data(outcome.artifact.fileBytes).write(to: URL(fileURLWithPath: model)) }
        return try Self.read(outcome.artifact)
    }

    private static func read(_ artifact: ModelArtifact) throws -> LearnedRetryModel {
        try LearnedRetryModel(artifact, trees: GradientBoostedTrees(artifact, expecting: IssuerFeatures.schema))
    }
}
