import HindsightCore

// In rounds: for whoever moves the clock.

extension SagaRunner {
    @discardableResult
    public func settle() async throws -> Bool {
        var didAnything = false
        while true {
            try await catchUp()
            var ids: [String] = []
            while let id = popActive() { ids.append(id) }
            var going: [Errand] = []
            for id in ids.sorted() {
                if try await advanceFully(id) { didAnything = true }
                going += try await claim(id)
            }
            guard !going.isEmpty else {
                if active.isEmpty { return didAnything }
                continue
            }
            didAnything = true
            for (errand, answer) in zip(going, await sideBySide(going)) {
                takeIn(answer, of: errand)
                activate(errand.instance)
            }
            try Task.checkCancellation()
        }
    }

    /// The answers in the order of the errands.
    private func sideBySide(_ errands: [Errand]) async -> [Answer] {
        async let _: Void = limits.watch()
        return await withTaskGroup(of: (Int, Answer).self) { group in
            var answers: [Answer?] = Array(repeating: nil, count: errands.count)
            for (index, errand) in errands.enumerated() {
                if index >= maximumConcurrentEffects, let (finished, answer) = await group.next() { answers[finished] = answer }
                group.addTask { (index, await self.run(errand)) }
            }
            for await (finished, answer) in group { answers[finished] = answer }
            return answers.compactMap(\.self)
        }
    }
}
