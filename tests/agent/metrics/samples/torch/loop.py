# needs: torch
# The loop that most people write themselves: validation lines carry no step.
import torch

torch.manual_seed(1)
x = torch.randn(600, 6)
y = (x[:, 0] > x[:, 1]).long()
model = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
loss_of = torch.nn.functional.cross_entropy
print(model)
for epoch in range(1, 5):
    for at in range(0, 500, 50):
        loss = loss_of(model(x[at : at + 50]), y[at : at + 50])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if at % 100 == 0:
            print(f"Train Epoch: {epoch} [{at}/500 ({100 * at / 500:.0f}%)]\tLoss: {loss.item():.6f}")
    with torch.no_grad():
        out = model(x[500:])
        right = int((out.argmax(1) == y[500:]).sum())
        print(f"\nTest set: Average loss: {loss_of(out, y[500:]).item():.4f}, Accuracy: {right}/100 ({right:.0f}%)\n")
