from .charts import plot_class_shares as plot_class_shares
from .charts import plot_confusion as plot_confusion
from .charts import plot_history as plot_history
from .pictures import show_pictures as show_pictures
from .progress import ShowPredictions as ShowPredictions
from .rows import show_predictions as show_predictions
from .rows import show_samples as show_samples
